import { describeReceived } from './describe-received.js'
import { isMapping } from './is-mapping.js'
import { issueExpected, issueMessage, issueRemedy } from './issue-words.js'
import { pathKey, spanOfKey, spanOfValue, type LocatedData, type Span } from './located-data.js'
import type { Problem } from './problem.js'
import { unionLeaves, type Issue, type Leaf } from './union-leaves.js'

/** What zod found, as problems with their places in the text. */
export function describeIssues(issues: readonly Issue[], data: LocatedData): Problem[] {
  const leaves = issues.flatMap((issue) => unionLeaves(issue))
  const misspelt = new Set(leaves.flatMap(meantPath))
  return leaves
    .filter(({ path }) => !misspelt.has(pathKey(path)) || valueAt(data.value, path) !== undefined)
    .map((leaf) => describe(leaf, data))
}

/** The field that an unknown one probably meant: that it is missing is no second mistake. */
function meantPath({ issue, path }: Leaf): string[] {
  const meant: unknown = issue.code === 'custom' ? issue.params?.['meant'] : undefined
  return typeof meant === 'string' ? [pathKey([...path.slice(0, -1), meant])] : []
}

function describe({ issue, path }: Leaf, data: LocatedData): Problem {
  const field = path.length === 0 ? 'the scenario' : path.map(String).join('.')
  const value = valueAt(data.value, path)
  const span = spanOfValue(data, path)
  const received = describeReceived(value)
  if (issue.code === 'custom') {
    const { unknownKey, meant: _meant, piece, ...parts } = issue.params ?? {}
    return {
      span: unknownKey === true ? spanOfKey(data, path) : spanOfPiece(span, value, piece),
      received,
      message: issue.message,
      ...parts,
    }
  }
  const expected = issueExpected(issue)
  if (value === undefined) {
    return { span, message: `${field} is missing`, expected, remedy: `Add ${String(path.at(-1))}.` }
  }
  return {
    span,
    message: issueMessage(issue, field),
    expected,
    received,
    remedy: issueRemedy(issue, path, value),
  }
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, part) => {
    if (Array.isArray(inner)) return inner[Number(part)] as unknown
    return isMapping(inner) ? inner[String(part)] : undefined
  }, value)
}

/** The place of a piece of a text: inside the quotes, if the text is quoted. */
function spanOfPiece(span: Span | undefined, text: unknown, piece: unknown): Span | undefined {
  if (span === undefined || typeof text !== 'string' || !isPiece(piece)) return span
  const inside = span.source.text.slice(span.start, span.end).indexOf(text)
  // Escapes or folding inside the quotes: the whole value is the best place there is.
  if (inside === -1) return span
  const start = span.start + inside
  return { source: span.source, start: start + piece.start, end: start + piece.end }
}

function isPiece(value: unknown): value is { start: number; end: number } {
  return isMapping(value) && typeof value['start'] === 'number' && typeof value['end'] === 'number'
}
