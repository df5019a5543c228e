import { visit, isAlias, isCollection, isMap, isScalar, isSeq, parseDocument, type YAMLError } from 'yaml'
import { pathKey, type LocatedData, type SourceText, type Span } from './located-data.js'
import type { Problem } from './problem.js'
import { messageOf } from '../../system/user-error.js'

/**
 * Parses YAML 1.2 into plain data with the place of every value.
 * @param offset start of the YAML in the source (a flag
 * begins with its name)
 */
export function parseYaml(source: SourceText, offset = 0): { data: LocatedData; problems: Problem[] } {
  const document = parseDocument(source.text.slice(offset), {
    prettyErrors: false,
    merge: true,
    // JSON has no sets, binaries and ordered maps. Their tags are reported as unknown.
    resolveKnownTags: false,
    // Warnings are reported as problems with a place. The library must not print them.
    logLevel: 'error',
  })
  const problems = [...document.errors, ...document.warnings].map((error) =>
    syntaxProblem(error, source, offset),
  )
  visit(document, {
    Scalar(_, { value, source: written = '', range }) {
      if (
        !Number.isInteger(value) ||
        Number.isSafeInteger(value) ||
        !/^[-+]?(\d+|0[xo][\da-f]+)$/i.test(written)
      )
        return
      const [start, end] = range ?? [0, 0]
      const span = { source, start: offset + start, end: offset + end }
      problems.push({ span, ...inexactNumber(written) })
    },
    Alias(_, alias, around) {
      const target = alias.resolve(document)
      const [start, end] = alias.range ?? [0, 0]
      const span = { source, start: offset + start, end: offset + end }
      if (target === undefined)
        problems.push({ span, message: `not valid YAML: there is no anchor &${alias.source}` })
      else if (around.includes(target)) problems.push({ span, ...aliasOfItself(alias.source) })
    },
  })
  const places = new Map<string, { key?: Span; value: Span }>()
  recordPlaces(document.contents, [], undefined, { source, offset, places })
  try {
    return { data: { value: document.toJS() as unknown, places }, problems }
  } catch (error) {
    // Too many nested aliases, or an alias without an anchor.
    const span = { source, start: offset, end: offset + 1 }
    if (problems.length === 0)
      problems.push({
        span,
        message: `not valid YAML: ${messageOf(error)}`,
      })
    return { data: { value: undefined, places }, problems }
  }
}

/** Numbers of JavaScript, and of most readers of JSON, are doubles (RFC 8259, section 6). */
function inexactNumber(written: string): Omit<Problem, 'span'> {
  return {
    message: 'this number is too large to be kept exactly',
    expected: `a whole number of at most ${Number.MAX_SAFE_INTEGER}`,
    received: written,
    remedy: 'Put it in quotes to send it as a text, or write it as a decimal number such as 1.5e20.',
  }
}

function aliasOfItself(name: string): Omit<Problem, 'span'> {
  return {
    message: `*${name} is inside of its own anchor &${name}`,
    expected: 'an anchor that is complete before its alias',
    received: `*${name}`,
    remedy: `Write the value in place of *${name}, or move the anchor.`,
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
      const name = keyName(pair.key)
      recordPlaces(pair.value, [...path, name], spanOf(pair.key, to), to)
    }
  }
}

/** A key that is a mapping may hold what cannot be written as text, such as a wrong merge. */
function keyName(key: unknown): string {
  if (isScalar(key)) return String(key.value)
  try {
    return String(key)
  } catch {
    return ''
  }
}

function spanOf(node: unknown, { source, offset }: Recording): Span | undefined {
  if (!isScalar(node) && !isCollection(node) && !isAlias(node)) return undefined
  const { range } = node
  // An empty value (`key:`) has an empty range: its key is the better place.
  if (range === null || range === undefined || range[0] === range[1]) return undefined
  return { source, start: offset + range[0], end: offset + range[1] }
}

/** The message of the only YAML error after which the rest of the file is still readable. */
export const duplicateField = 'the same field twice'

type SyntaxErrorParts = Pick<Problem, 'expected' | 'received' | 'remedy'>

const remedies: Partial<Record<YAMLError['code'], SyntaxErrorParts>> = {
  DUPLICATE_KEY: {
    expected: 'each field once',
    remedy: 'Remove one of the two, or use a list as value to sweep it.',
  },
  TAB_AS_INDENT: { expected: 'spaces', received: 'a tab', remedy: 'Indent with spaces.' },
  BAD_INDENT: { remedy: 'Give all fields of one mapping the same indentation.' },
  MISSING_CHAR: { remedy: 'Close the bracket or quote, or put the text in quotes.' },
  TAG_RESOLVE_FAILED: {
    expected: 'mappings, lists, texts, numbers, true, false and null',
    received: 'a tag',
    remedy: 'Remove the tag, or put the text in quotes if it begins with an exclamation mark.',
  },
  MULTIPLE_DOCS: { expected: 'one document', remedy: 'Remove everything after the `---`.' },
}

function syntaxProblem(error: YAMLError, source: SourceText, offset: number): Problem {
  // A missing bracket or quote is reported at the end of the text, after its last visible line.
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
