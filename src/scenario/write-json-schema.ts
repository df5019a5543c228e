import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { scenarioJsonSchema } from './json-schema.js'

// After a change of the schema: `node dist/src/scenario/write-json-schema.js && npm run format`. A test holds the
// file to the code.
const path = fileURLToPath(new URL('../../../docs/scenario.schema.json', import.meta.url))
await writeFile(path, `${JSON.stringify(scenarioJsonSchema(), undefined, 2)}\n`)
