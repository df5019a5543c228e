import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packageRoot } from '../system/package-root.js'
import { scenarioJsonSchema } from './schema/json-schema.js'

// After a change of the schema: `node dist/src/scenario/write-json-schema.js && npm run format`. A test holds the
// file to the code.
const path = join(packageRoot, 'docs', 'scenario.schema.json')
await writeFile(path, `${JSON.stringify(scenarioJsonSchema(), undefined, 2)}\n`)
