import { isMapping, pathKey, spanOfKey, spanOfValue, type LocatedData, type Span } from './located-data.js'
import type { Problem } from './problem.js'
import type * as z from 'zod'
import { nearestName } from './nearest-name.js'
import { plural } from '../../system/plural.js'
import { maskAddresses } from '../../system/secret-address.js'
import { parseDurationMs } from '../grammar/parse-quantity.js'

/** Converts zod's issues to problems with their places in the text. */
export function describeIssues(issues: readonly Issue[], data: LocatedData): Problem[] {
  const leaves = issues.flatMap((issue) => unionLeaves(issue))
  const misspelt = new Set(leaves.flatMap(meantPath))
  return leaves
    .filter(({ path }) => !misspelt.has(pathKey(path)) || valueAt(data.value, path) !== undefined)
    .map((leaf) => describe(leaf, data))
}

/** The known field that an unknown field probably stands for. It is not reported as missing as well. */
function meantPath({ issue, path }: Leaf): string[] {
  const meant: unknown = issue.code === 'custom' ? issue.params?.['meant'] : undefined
  return typeof meant === 'string' ? [pathKey([...path.slice(0, -1), meant])] : []
}

function describe({ issue, path }: Leaf, data: LocatedData): Problem {
  const field = path.length === 0 ? 'the scenario' : path.map(String).join('.')
  const value = valueAt(data.value, path)
  const span = spanOfValue(data, path)
  // The value of a header may be a key.
  const secret = path.includes('headers')
  const received = secret ? 'something else (hidden: it may be a key)' : describeReceived(value)
  if (issue.code === 'custom') {
    const { unknownKey, meant: _meant, piece, needsQuotes, ...parts } = issue.params ?? {}
    return {
      span: unknownKey === true ? spanOfKey(data, path) : spanOfPiece(span, value, piece),
      received,
      message: issue.message,
      ...parts,
      ...(needsQuotes === true && { remedy: quotesRemedy(path, span) ?? parts['remedy'] }),
    }
  }
  const expected = issueExpected(issue)
  if (value === undefined) {
    return { span, message: `${field} is missing`, expected, remedy: `Add ${String(path.at(-1))}.`, secret }
  }
  return {
    span,
    message: issueMessage(issue, field),
    expected,
    received,
    remedy: secret ? undefined : issueRemedy(issue, path, value, span),
    secret,
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
  // With escapes or folding inside the quotes, the whole value is the most exact place.
  if (inside === -1) return span
  const start = span.start + inside
  return { source: span.source, start: start + piece.start, end: start + piece.end }
}

function isPiece(value: unknown): value is { start: number; end: number } {
  return isMapping(value) && typeof value['start'] === 'number' && typeof value['end'] === 'number'
}

/** A value in a few words. */
export function describeReceived(value: unknown): string {
  if (value === undefined || value === null) return 'nothing'
  if (Array.isArray(value))
    return value.length === 0 ? 'an empty list' : `a list of ${plural(value.length, 'element')}`
  if (typeof value === 'object') return `a mapping with ${Object.keys(value).join(', ') || 'no fields'}`
  // JSON has no infinite number.
  if (typeof value === 'number') return String(value)
  const text = maskAddresses(JSON.stringify(value) ?? 'nothing')
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}

type Issue = z.core.$ZodIssue

/** One mistake, with its whole path. */
interface Leaf {
  issue: Issue
  path: PropertyKey[]
}

/** The mistakes behind an issue. For a union: the mistakes of the alternative that was meant. */
function unionLeaves(issue: Issue, prefix: PropertyKey[] = []): Leaf[] {
  const path = [...prefix, ...issue.path]
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [{ issue, path }]
  return meantBranch(issue.errors).flatMap((inner) => unionLeaves(inner, path))
}

/**
 * Alternatives that reject the type of the value were not meant (`[1, 0]` is a bad list, not a bad number). If all
 * reject the type, the first one is described.
 */
function meantBranch(branches: readonly Issue[][]): Issue[] {
  return branches.find((issues) => !issues.some((issue) => refusesType(issue))) ?? branches[0] ?? []
}

function refusesType(issue: Issue): boolean {
  if (issue.path.length > 0) return false
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    return issue.errors.every((branch) => branch.some((inner) => refusesType(inner)))
  }
  return issue.code === 'invalid_type' || issue.code === 'invalid_value'
}

/** The message: the field and what is wrong with it. */
function issueMessage(issue: Issue, field: string): string {
  if (issue.code === 'too_big') return `${field} is too large`
  if (issue.code === 'invalid_type') return `${field} has the wrong type`
  if (issue.code !== 'too_small') return `${field} is not valid`
  return issue.origin === 'array' || issue.origin === 'string' ? `${field} is empty` : `${field} is too small`
}

/** The expected value. */
function issueExpected(issue: Issue): string {
  if (issue.code === 'invalid_type') {
    // Fields with a more precise expectation set their own message.
    const isDefault = issue.message.startsWith('Invalid input')
    return isDefault ? (typeNames[issue.expected] ?? issue.expected) : issue.message
  }
  if (issue.code === 'too_big') return `a number ${issue.inclusive ? 'of at most' : 'below'} ${issue.maximum}`
  if (issue.code === 'too_small') {
    if (issue.origin === 'array') return 'a list with at least one element'
    if (issue.origin === 'string') return 'a text'
    return `a number ${issue.inclusive ? 'of at least' : 'above'} ${issue.minimum}`
  }
  const choices = choicesOf(issue)
  if (choices.length === 0) return issue.message
  return choices.length === 1 ? choices.join('') : `one of ${choices.join(', ')}`
}

/**
 * A number, true or false where a text is expected, because it would lose how it was written: `version: 2.0` its zero.
 * The text is shown as it was written.
 */
function quotesRemedy(path: readonly PropertyKey[], span: Span | undefined): string | undefined {
  const written = span?.source.text.slice(span.start, span.end) ?? ''
  if (!/^[\w.+-]+$/.test(written)) return undefined
  const field = path.findLast((part) => typeof part === 'string')
  const quoted = JSON.stringify(written)
  return `Write it in quotes: ${field === path.at(-1) ? `${String(field)}: ` : ''}${quoted}`
}

/** The remedy, if one is known. */
function issueRemedy(
  issue: Issue,
  path: readonly PropertyKey[],
  value: unknown,
  span: Span | undefined,
): string | undefined {
  const isScalar = value !== null && typeof value !== 'object'
  if (issue.code === 'invalid_type') {
    const field = String(path.findLast((part) => typeof part === 'string'))
    if (issue.expected === 'number' || issue.expected === 'int') return unitRemedy(field, value)
    if (issue.expected === 'array')
      return isScalar
        ? `Write a list: ${field}: [${typeof value === 'string' ? value : JSON.stringify(value)}]`
        : undefined
    return isScalar && issue.message.includes('in quotes') ? quotesRemedy(path, span) : undefined
  }
  if (issue.code === 'invalid_format' && issue.message.startsWith('a JSON pointer'))
    return pointerRemedy(String(value))
  const nearest = typeof value === 'string' ? nearestName(value, choicesOf(issue)) : undefined
  return nearest === undefined ? undefined : `Write ${nearest}.`
}

/** The pointer to a field that was written as a name, or as a path with dots. */
function pointerRemedy(written: string): string | undefined {
  const names = /^(?:\$?\.)?(\w+(?:[./]\w+)*)$/.exec(written)?.[1]
  return names === undefined ? undefined : `Write /${names.replaceAll('.', '/')}.`
}

const typeNames: Record<string, string> = {
  int: 'a whole number',
  number: 'a number',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping of fields',
  record: 'a mapping',
}

function choicesOf(issue: Issue): string[] {
  if (issue.code === 'invalid_value') return issue.values.map(String)
  if (issue.code === 'invalid_union' && 'options' in issue) return (issue.options ?? []).map(String)
  return []
}

/** The remedy for a value with a unit (`durationS: 10s`) or a quoted number where a bare number is expected. */
function unitRemedy(field: string, value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  if (value.trim() !== '' && Number.isFinite(Number(value)))
    return `Write it without quotes: ${field}: ${value.trim()}`
  const ms = parseDurationMs(value)
  const unit = /(Ms|S)$/.exec(field)?.[1]
  if (ms !== undefined && unit !== undefined) {
    return `Write ${field}: ${unit === 'Ms' ? ms : ms / 1000}. The unit is part of the field's name.`
  }
  const number = /^(\d+(?:\.\d+)?)\s*[a-z%]+$/i.exec(value.trim())?.[1]
  return number === undefined ? undefined : `Write the bare number: ${field}: ${number}`
}
