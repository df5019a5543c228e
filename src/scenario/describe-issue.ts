import type * as z from 'zod'
import { spanOfKey, spanOfValue, type LocatedData } from './located-data.js'
import { nearestName } from './nearest-name.js'
import type { Problem } from './problem.js'
import { describeReceived } from './describe-received.js'
import { unitRemedy } from './unit-remedy.js'

type Issue = z.core.$ZodIssue

/** What zod found, as problems with their places in the text; unions are resolved to the branch that was meant. */
export function describeIssues(issues: readonly Issue[], data: LocatedData): Problem[] {
  return issues.flatMap((issue) => leaves(issue, [])).map((leaf) => describe(leaf.issue, leaf.path, data))
}

interface Leaf {
  issue: Issue
  path: PropertyKey[]
}

function leaves(issue: Issue, prefix: PropertyKey[]): Leaf[] {
  const path = [...prefix, ...issue.path]
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [{ issue, path }]
  return meantBranch(issue.errors).flatMap((inner) => leaves(inner, path))
}

/**
 * The alternatives of a union that refuse the value for its type were not meant (`[1, 0]` is a bad list, and not a
 * bad number). Where all refuse the type, the first is the simplest to name.
 */
function meantBranch(branches: readonly Issue[][]): Issue[] {
  const meant = branches.filter((issues) => !issues.some((issue) => refusesType(issue)))
  return meant[0] ?? branches[0] ?? []
}

function refusesType(issue: Issue): boolean {
  if (issue.path.length > 0) return false
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    return issue.errors.every((branch) => branch.some((inner) => refusesType(inner)))
  }
  return issue.code === 'invalid_type' || issue.code === 'invalid_value'
}

function describe(issue: Issue, path: PropertyKey[], data: LocatedData): Problem {
  const field = path.length === 0 ? 'the scenario' : path.map(String).join('.')
  const value = valueAt(data.value, path)
  const span = spanOfValue(data, path)
  const received = describeReceived(value)
  if (issue.code === 'custom') {
    const { unknownKey, ...parts } = (issue.params ?? {}) as Partial<Problem> & { unknownKey?: boolean }
    return { span: unknownKey ? spanOfKey(data, path) : span, received, message: issue.message, ...parts }
  }
  if (value === undefined) {
    return {
      span,
      message: `${field} is missing`,
      expected: expectedOf(issue),
      remedy: `Add ${String(path.at(-1))}.`,
    }
  }
  const problem = { span, message: messageOf(issue, field), expected: expectedOf(issue), received }
  const remedy = remedyOf(issue, path, value)
  return remedy === undefined ? problem : { ...problem, remedy }
}

function messageOf(issue: Issue, field: string): string {
  switch (issue.code) {
    case 'too_small':
      return issue.origin === 'array' || issue.origin === 'string'
        ? `${field} is empty`
        : `${field} is too small`
    case 'too_big':
      return `${field} is too large`
    case 'invalid_type':
      return `${field} has the wrong type`
    default:
      return `${field} is not possible`
  }
}

function expectedOf(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return typeNames[issue.expected] ?? issue.expected
    case 'too_small':
      if (issue.origin === 'array') return 'a list with at least one element'
      if (issue.origin === 'string') return 'a text'
      return `a number ${issue.inclusive ? 'of at least' : 'above'} ${issue.minimum}`
    case 'too_big':
      return `a number ${issue.inclusive ? 'of at most' : 'below'} ${issue.maximum}`
    case 'invalid_value':
      return oneOf(issue.values)
    case 'invalid_union':
      return oneOf((issue as { options?: unknown[] }).options ?? [])
    default:
      return issue.message
  }
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

function oneOf(values: readonly unknown[]): string {
  return values.length === 1 ? String(values[0]) : `one of ${values.map(String).join(', ')}`
}

function remedyOf(issue: Issue, path: PropertyKey[], value: unknown): string | undefined {
  if (issue.code === 'invalid_value' || issue.code === 'invalid_union') {
    const known =
      issue.code === 'invalid_value' ? issue.values : ((issue as { options?: unknown[] }).options ?? [])
    const nearest = nearestName(String(value), known.map(String))
    return nearest === undefined ? undefined : `Write ${nearest}.`
  }
  if (issue.code === 'invalid_type' && (issue.expected === 'number' || issue.expected === 'int')) {
    const field = path.findLast((part) => typeof part === 'string')
    return unitRemedy(String(field), value)
  }
  return undefined
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, part) => (inner as Record<PropertyKey, unknown> | undefined)?.[part],
    value,
  )
}
