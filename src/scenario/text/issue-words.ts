import { nearestName } from './nearest-name.js'
import type { Issue } from './union-leaves.js'
import { parseDurationMs } from '../grammar/parse-quantity.js'

/** What is wrong with a field. */
export function issueMessage(issue: Issue, field: string): string {
  if (issue.code === 'too_big') return `${field} is too large`
  if (issue.code === 'invalid_type') return `${field} has the wrong type`
  if (issue.code !== 'too_small') return `${field} is not possible`
  return issue.origin === 'array' || issue.origin === 'string' ? `${field} is empty` : `${field} is too small`
}

/** What would have been right. */
export function issueExpected(issue: Issue): string {
  if (issue.code === 'invalid_type') {
    // A field that says better itself what it wants has a message of its own.
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

/** How to mend it, where that can be told. */
export function issueRemedy(issue: Issue, path: readonly PropertyKey[], value: unknown): string | undefined {
  if (issue.code === 'invalid_type') {
    const field = path.findLast((part) => typeof part === 'string')
    return issue.expected === 'number' || issue.expected === 'int'
      ? unitRemedy(String(field), value)
      : undefined
  }
  const nearest = typeof value === 'string' ? nearestName(value, choicesOf(issue)) : undefined
  return nearest === undefined ? undefined : `Write ${nearest}.`
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

/** How to write a value with a unit (`durationS: 10s`) or a quoted number as the bare number that is wanted. */
function unitRemedy(field: string, value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  if (value.trim() !== '' && Number.isFinite(Number(value)))
    return `Write it without quotes: ${field}: ${value.trim()}`
  const ms = parseDurationMs(value)
  const unit = /(Ms|S)$/.exec(field)?.[1]
  if (ms !== undefined && unit !== undefined) {
    return `Write ${field}: ${unit === 'Ms' ? ms : ms / 1000} - the unit is in the name of the field.`
  }
  const number = /^(\d+(?:\.\d+)?)\s*[a-z%]+$/i.exec(value.trim())?.[1]
  return number === undefined ? undefined : `Write the bare number: ${field}: ${number}`
}
