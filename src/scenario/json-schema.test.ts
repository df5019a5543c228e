import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packageRoot } from '../package-root.js'
import { definition, definitionNames, fieldDescription, withFieldTables } from './field-tables.js'
import { isMapping } from './is-mapping.js'
import { scenarioJsonSchema } from './json-schema.js'

const schema = scenarioJsonSchema()
const read = (name: string) => readFileSync(join(packageRoot, 'docs', name), 'utf8')

test('docs/scenario.schema.json is what the code says', () => {
  expect(JSON.parse(read('scenario.schema.json'))).toEqual(schema)
})

test('docs/scenario.md has the tables that the code says, one for each kind of mapping', () => {
  const page = read('scenario.md')
  expect(withFieldTables(page, schema)).toBe(page)
  const overlays = new Set(['videoOverlay', 'sloOverlay', 'autoServer'])
  for (const name of definitionNames(schema).filter((name) => !overlays.has(name))) {
    expect(page).toContain(`<!-- fields: ${name} -->`)
  }
})

test('each field of each mapping is described', () => {
  const undescribed = definitionNames(schema).flatMap((name) =>
    fieldsOf(name)
      .filter(([, field]) => fieldDescription(field, schema) === '')
      .map(([field]) => `${name}.${field}`),
  )
  expect(undescribed).toEqual([])
})

test('an editor refuses unknown fields too', () => {
  for (const name of definitionNames(schema)) {
    expect(definition(schema, name)).toHaveProperty('additionalProperties', false)
  }
})

function fieldsOf(name: string): [string, Record<string, unknown>][] {
  const { properties } = definition(schema, name)
  const fields: [string, unknown][] = Object.entries(isMapping(properties) ? properties : {})
  return fields.map(([field, value]) => [field, isMapping(value) ? value : {}])
}
