import { readdirSync, readFileSync } from 'node:fs'
import { join, posix, sep } from 'node:path'
import { parseSync } from 'oxc-parser'

/** What the measures of the structure need to know about one TypeScript file. */
export interface SourceFile {
  /** Relative to `src`, with `/`. */
  path: string
  isProduct: boolean
  lines: number
  imports: Import[]
  /** The names under which other files can import something. */
  exports: string[]
  /** The statements at the top level, imports left out. */
  statements: Statement[]
}

/** One imported file. Type imports are included. */
export interface Import {
  /** Path of the imported file, relative to `src`. */
  target: string
  /** The imported names; `*` stands for all of them. */
  names: Set<string>
  /** Import statements of that file; 0 where it is only started, as a thread or a process. */
  statements: number
}

export interface Statement {
  /** The names that it declares. */
  declares: string[]
  /** Every identifier in it that may refer to another declaration. */
  uses: Set<string>
  /** Every field name and string that it spells out: keys, strings, and the fields that it assigns. */
  words: Set<string>
}

/** Reads and parses every TypeScript file below `src`. */
export function readSourceFiles(src: string): SourceFile[] {
  const paths = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => path.split(sep).join('/'))
    .toSorted()
  return paths.map((path) => parseSourceFile(path, readFileSync(join(src, path), 'utf8'), new Set(paths)))
}

/** `known` holds the paths of all files: an import of anything else is not counted. */
export function parseSourceFile(path: string, text: string, known: ReadonlySet<string>): SourceFile {
  const { program, module, errors } = parseSync(path, text)
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]!.message}`)
  const imports = new Map<string, Import>()
  const exports: string[] = []
  for (const { moduleRequest, entries } of module.staticImports) {
    addImport(moduleRequest.value, 1, importedNames(entries))
  }
  for (const { entries } of module.staticExports) {
    const source = entries[0]?.moduleRequest
    if (source) addImport(source.value, 1, importedNames(entries))
    exports.push(...entries.map(({ exportName }) => exportName.name ?? '*'))
  }
  const statements = program.body
    .filter(({ type }) => type !== 'ImportDeclaration')
    .flatMap((statement) => {
      // `export { a, b as c }` does not tie a to b.
      const isList = statement.type === 'ExportNamedDeclaration' && statement.declaration === null
      return (isList ? statement.specifiers : [statement]).map((part) => readStatement(part, addImport))
    })
  return {
    path,
    isProduct: !/\.test(\.support)?\.ts$/.test(path),
    lines: text.split('\n').length - 1,
    imports: [...imports.values()],
    exports,
    statements,
  }

  function addImport(specifier: string, count: number, names: string[]): void {
    const target = posix.join(posix.dirname(path), specifier).replace(/\.js$/, '.ts')
    if (!specifier.startsWith('.') || !known.has(target) || target === path) return
    const entry = imports.get(target) ?? { target, names: new Set(), statements: 0 }
    entry.statements += count
    for (const name of names) entry.names.add(name)
    imports.set(target, entry)
  }
}

function importedNames(entries: { importName: { name: string | null } }[]): string[] {
  return entries.map(({ importName }) => importName.name ?? '*')
}

type AddImport = (specifier: string, count: number, names: string[]) => void

/** A node of the syntax tree, in the form of TypeScript-ESTree. */
interface Node extends Record<string, unknown> {
  type: string
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}

function readStatement(node: unknown, addImport: AddImport): Statement {
  const declaration = isNode(node) && isNode(node['declaration']) ? node['declaration'] : node
  const statement: Statement = { declares: declaredNames(declaration), uses: new Set(), words: new Set() }
  walk(declaration)
  return statement

  function walk(value: unknown): void {
    if (Array.isArray(value)) value.forEach(walk)
    if (!isNode(value)) return
    const { type, ...fields } = value
    // `({ dueUs, sentUs }) => …` only reads: its keys spell nothing out.
    if (type === 'ObjectPattern')
      return walk([...boundValues(fields['properties']), fields['typeAnnotation']])
    if (type === 'Identifier') statement.uses.add(String(fields['name']))
    if (type === 'Literal' && typeof fields['value'] === 'string') {
      statement.words.add(fields['value'])
      // A thread or a process: './x.js' as a string that is resolved against this file.
      addImport(fields['value'], 0, [])
    }
    if (isDynamicImport(value)) addImport(String(value.source['value']), 1, ['*'])
    if (type === 'AssignmentExpression') addAssigned(fields['left'])
    for (const [field, child] of Object.entries(fields)) {
      if (fields['computed'] === true || (field !== 'key' && field !== 'property')) walk(child)
      else if (field === 'key' && isNode(child)) statement.words.add(nameOfKey(child))
    }
  }

  /** `sample.dueUs = …` and `columns.dueUs[i] = …` spell out dueUs. */
  function addAssigned(target: unknown): void {
    if (!isNode(target) || target.type !== 'MemberExpression') return
    if (target['computed'] !== true && isNode(target['property']))
      statement.words.add(nameOfKey(target['property']))
    addAssigned(target['object'])
  }
}

/** What the properties of a destructuring pattern bind: names, nested patterns, defaults. */
function boundValues(properties: unknown): unknown[] {
  return Array.isArray(properties) ? properties.map(({ value, argument }) => value ?? argument) : []
}

function isDynamicImport(node: Node): node is Node & { source: Node } {
  return (node.type === 'ImportExpression' || node.type === 'TSImportType') && isNode(node['source'])
}

function nameOfKey(key: Node): string {
  return String(key['name'] ?? key['value'])
}

function declaredNames(declaration: unknown): string[] {
  if (!isNode(declaration)) return []
  const { id, declarations } = declaration
  return Array.isArray(declarations) ? declarations.flatMap(declaredNames) : boundNames(id)
}

/** The names that a binding declares: `a`, `{ a, b: c }`, `[a, b]`. */
function boundNames(pattern: unknown): string[] {
  if (Array.isArray(pattern)) return pattern.flatMap(boundNames)
  if (!isNode(pattern)) return []
  if (typeof pattern['name'] === 'string') return [pattern['name']]
  return ['elements', 'properties', 'value', 'argument', 'left'].flatMap((field) =>
    boundNames(pattern[field]),
  )
}
