import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packageRoot } from '../../src/system/package-root.js'
import { withColumnTables } from './column-tables.js'
import { withFieldTables } from './field-tables.js'
import { scenarioJsonSchema } from './scenario-json-schema.js'

// `npm run docs:generate`, after a change of the schema or of a CSV file: writes the JSON Schema, the field tables of
// docs/scenario.md and the tables of docs/columns.md. Tests compare all of them with the code.
const schema = scenarioJsonSchema()
await writeFile(
  join(packageRoot, 'docs', 'scenario.schema.json'),
  `${JSON.stringify(schema, undefined, 2)}\n`,
)
const page = join(packageRoot, 'docs', 'scenario.md')
await writeFile(page, withFieldTables(await readFile(page, 'utf8'), schema))
const columnsPage = join(packageRoot, 'docs', 'columns.md')
await writeFile(columnsPage, withColumnTables(await readFile(columnsPage, 'utf8')))
