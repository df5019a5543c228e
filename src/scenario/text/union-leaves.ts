import type * as z from 'zod'

export type Issue = z.core.$ZodIssue

/** One mistake, with its whole path. */
export interface Leaf {
  issue: Issue
  path: PropertyKey[]
}

/** The mistakes behind an issue: those of the alternative that was meant, where the issue is one of a union. */
export function unionLeaves(issue: Issue, prefix: PropertyKey[] = []): Leaf[] {
  const path = [...prefix, ...issue.path]
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [{ issue, path }]
  return meantBranch(issue.errors).flatMap((inner) => unionLeaves(inner, path))
}

/**
 * The alternatives that refuse the value for its type were not meant (`[1, 0]` is a bad list, and not a bad
 * number). Where all refuse the type, the first is the simplest to name.
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
