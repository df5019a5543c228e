import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packageRoot } from '../../src/system/package-root.js'
import { withFieldTables } from './field-tables.js'
import { scenarioJsonSchema } from './scenario-json-schema.js'

// `npm run docs:generate`, after a change of the schema: writes the JSON Schema and the field tables of docs/scenario.md.
// A test compares both with the code.
const schema = scenarioJsonSchema()
await writeFile(
  join(packageRoot, 'docs', 'scenario.schema.json'),
  `${JSON.stringify(schema, undefined, 2)}\n`,
)
const page = join(packageRoot, 'docs', 'scenario.md')
await writeFile(page, withFieldTables(await readFile(page, 'utf8'), schema))
