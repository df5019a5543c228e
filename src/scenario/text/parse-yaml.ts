import { visit, isAlias, isCollection, isMap, isScalar, isSeq, parseDocument, type YAMLError } from 'yaml'
import { pathKey, type LocatedData, type SourceText, type Span } from './located-data.js'
import type { Problem } from './problem.js'

/**
 * YAML 1.2 as plain data with the place of every value.
 *
 * @param offset where the YAML begins in the source (a flag begins with its name)
 */
export function parseYaml(source: SourceText, offset = 0): { data: LocatedData; problems: Problem[] } {
  const document = parseDocument(source.text.slice(offset), {
    prettyErrors: false,
    merge: true,
    // Warnings become problems with a place; nothing is printed from here.
    logLevel: 'error',
  })
  const problems = [...document.errors, ...document.warnings].map((error) =>
    syntaxProblem(error, source, offset),
  )
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document) !== undefined) return
      const [start, end] = alias.range ?? [0, 0]
      const span = { source, start: offset + start, end: offset + end }
      problems.push({ span, message: `not valid YAML: nothing is anchored as &${alias.source}` })
    },
  })
  const places = new Map<string, { key?: Span; value: Span }>()
  recordPlaces(document.contents, [], undefined, { source, offset, places })
  try {
    return { data: { value: document.toJS() as unknown, places }, problems }
  } catch (error) {
    // Aliases that multiply without end, or one that nothing anchors.
    const span = { source, start: offset, end: offset + 1 }
    if (problems.length === 0)
      problems.push({
        span,
        message: `not valid YAML: ${error instanceof Error ? error.message : String(error)}`,
      })
    return { data: { value: undefined, places }, problems }
  }
}

interface Recording {
  source: SourceText
  offset: number
  places: Map<string, { key?: Span; value: Span }>
}

function recordPlaces(node: unknown, path: (string | number)[], key: Span | undefined, to: Recording): void {
  const value = spanOf(node, to) ?? key
  if (value === undefined) return
  to.places.set(pathKey(path), key === undefined ? { value } : { key, value })
  if (isSeq(node)) {
    for (const [index, item] of node.items.entries()) recordPlaces(item, [...path, index], undefined, to)
  } else if (isMap(node)) {
    for (const pair of node.items) {
      const name = isScalar(pair.key) ? String(pair.key.value) : String(pair.key)
      recordPlaces(pair.value, [...path, name], spanOf(pair.key, to), to)
    }
  }
}

function spanOf(node: unknown, { source, offset }: Recording): Span | undefined {
  if (!isScalar(node) && !isCollection(node) && !isAlias(node)) return undefined
  const { range } = node
  // A value of nothing (`key:`) has an empty range: its key is the better place.
  if (range === null || range === undefined || range[0] === range[1]) return undefined
  return { source, start: offset + range[0], end: offset + range[1] }
}

/** The message of the one YAML error that leaves the rest of a file readable. */
export const duplicateField = 'the same field twice'

type SyntaxErrorParts = Pick<Problem, 'expected' | 'received' | 'remedy'>

const remedies: Partial<Record<YAMLError['code'], SyntaxErrorParts>> = {
  DUPLICATE_KEY: {
    expected: 'each field once',
    remedy: 'Remove one of the two, or make the value a list to sweep it.',
  },
  TAB_AS_INDENT: { expected: 'spaces', received: 'a tab', remedy: 'Indent with spaces.' },
  BAD_INDENT: { remedy: 'Give all fields of one mapping the same indentation.' },
  MISSING_CHAR: { remedy: 'Close what was opened, or put the text between quotes.' },
  MULTIPLE_DOCS: { expected: 'one document', remedy: 'Remove what follows the `---`.' },
}

function syntaxProblem(error: YAMLError, source: SourceText, offset: number): Problem {
  // What is never closed is noticed at the end of the text, behind the last line that a reader would look at.
  const last = source.text.trimEnd().length - offset - 1
  const start = Math.min(error.pos[0], Math.max(0, last))
  const end = Math.max(start + 1, error.pos[1])
  const unclosed = error.message.includes('end with a')
  const message = error.code === 'DUPLICATE_KEY' ? duplicateField : `not valid YAML: ${error.message}`
  return {
    span: { source, start: offset + start, end: offset + end },
    message,
    ...remedies[unclosed ? 'MISSING_CHAR' : error.code],
  }
}
