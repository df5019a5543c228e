import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import * as z from 'zod'
import { packageRoot } from '../../src/system/package-root.js'
import { definition, definitionNames, fieldDescription, withFieldTables } from './field-tables.js'
import { isMapping } from '../../src/scenario/text/located-data.js'
import { scenarioJsonSchema } from './scenario-json-schema.js'

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

test('an editor accepts every shipped scenario, and marks an unknown field', () => {
  const editor = z.fromJSONSchema(JSON.parse(read('scenario.schema.json')))
  const folder = join(packageRoot, 'scenarios')
  const scenarios = readdirSync(folder).map((name): unknown =>
    parse(readFileSync(join(folder, name), 'utf8')),
  )
  expect(scenarios.map((scenario) => editor.safeParse(scenario).success)).toEqual(scenarios.map(() => true))
  expect(editor.safeParse({ video: { source: 'a' }, batchin: 1 }).success).toBe(false)
})

test('no mapping takes unknown fields', () => {
  for (const name of definitionNames(schema)) {
    expect(definition(schema, name)).toHaveProperty('additionalProperties', false)
  }
})

function fieldsOf(name: string): [string, Record<string, unknown>][] {
  const { properties } = definition(schema, name)
  const fields: [string, unknown][] = Object.entries(isMapping(properties) ? properties : {})
  return fields.map(([field, value]) => [field, isMapping(value) ? value : {}])
}
