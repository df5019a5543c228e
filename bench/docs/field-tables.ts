import { isMapping } from '../../src/scenario/text/located-data.js'

type JsonSchema = Record<string, unknown>

/**
 * A Markdown text in which each pair of comments `<!-- fields: NAME -->` … `<!-- end -->` encloses the table of
 * the fields that the JSON Schema's definition NAME has; the rest is left as it is.
 */
export function withFieldTables(markdown: string, schema: JsonSchema): string {
  return markdown.replaceAll(
    /(<!-- fields: (\w+) -->\n)[^]*?(<!-- end -->)/g,
    (_, begin: string, name: string, end: string) =>
      `${begin}${fieldTable(definition(schema, name), schema)}${end}`,
  )
}

/** The names of all definitions that have fields. */
export function definitionNames(schema: JsonSchema): string[] {
  return Object.entries(mapping(schema['$defs'])).flatMap(([name, value]) =>
    isMapping(value) && value['type'] === 'object' ? [name] : [],
  )
}

/** What a field says of itself, or else what the definition says that it refers to. */
export function fieldDescription(field: JsonSchema, schema: JsonSchema): string {
  const { description, $ref } = field
  if (typeof description === 'string') return description
  const referred = typeof $ref === 'string' ? definition(schema, $ref.replace('#/$defs/', '')) : {}
  return typeof referred['description'] === 'string' ? referred['description'] : ''
}

export function definition(schema: JsonSchema, name: string): JsonSchema {
  return mapping(mapping(schema['$defs'])[name])
}

function fieldTable(of: JsonSchema, schema: JsonSchema): string {
  const required = Array.isArray(of['required']) ? of['required'] : []
  const rows = Object.entries(mapping(of['properties'])).map(([name, value]) => {
    const field = mapping(value)
    const byDefault = required.includes(name) ? 'required' : code(field['default'])
    return `| \`${name}\` | ${valueOf(field)} | ${byDefault} | ${cell(fieldDescription(field, schema))} |\n`
  })
  return `| field | value | default | meaning |\n|---|---|---|---|\n${rows.join('')}`
}

/** The kind of value in a word or two; that it may be a list holds for nearly all and is said once. */
function valueOf(field: JsonSchema): string {
  const { anyOf, oneOf, enum: values, const: only, type, $ref } = field
  const alternatives = anyOf ?? oneOf
  if (typeof $ref === 'string') return 'mapping'
  if (Array.isArray(alternatives)) {
    const words = alternatives.map(mapping).filter(isNoSweep).map(valueOf)
    return [...new Set(words)].join(' or ')
  }
  if (Array.isArray(values)) return values.map(code).join(', ')
  if (only !== undefined) return code(only)
  if (type === 'array') return `list of ${valueOf(mapping(field['items']))}`
  if (type === 'integer') return `whole number${range(field)}`
  if (type === 'number') return `number${range(field)}`
  if (type === 'boolean') return '`true`, `false`'
  return type === 'object' ? 'mapping' : 'text'
}

function isNoSweep(alternative: JsonSchema): boolean {
  return alternative['type'] !== 'array'
}

function range({ minimum, exclusiveMinimum, maximum, exclusiveMaximum }: JsonSchema): string {
  const from = minimum === undefined ? prefixed('> ', exclusiveMinimum) : prefixed('>= ', minimum)
  const to = maximum === undefined ? prefixed('< ', exclusiveMaximum) : prefixed('<= ', maximum)
  const both = [from, to].filter((bound) => bound !== '').join(', ')
  return both === '' ? '' : ` ${both}`
}

function prefixed(sign: string, bound: unknown): string {
  return bound === undefined ? '' : `${sign}${JSON.stringify(bound)}`
}

function code(value: unknown): string {
  if (value === undefined) return ''
  return `\`${typeof value === 'string' && value !== '' ? value : JSON.stringify(value)}\``
}

function cell(text: string): string {
  return text.replaceAll('|', String.raw`\|`)
}

function mapping(value: unknown): JsonSchema {
  return isMapping(value) ? value : {}
}
