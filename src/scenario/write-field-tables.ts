import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packageRoot } from '../system/package-root.js'
import { withFieldTables } from './field-tables.js'
import { scenarioJsonSchema } from './schema/json-schema.js'

// After a change of the schema: `node dist/src/scenario/write-field-tables.js`. A test holds the page to the code.
const path = join(packageRoot, 'docs', 'scenario.md')
await writeFile(path, withFieldTables(await readFile(path, 'utf8'), scenarioJsonSchema()))
