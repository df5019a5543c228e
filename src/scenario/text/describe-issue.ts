import { describeReceived } from './describe-received.js'
import { isMapping } from './is-mapping.js'
import { issueExpected, issueMessage, issueRemedy } from './issue-words.js'
import { spanOfKey, spanOfValue, type LocatedData } from './located-data.js'
import type { Problem } from './problem.js'
import { unionLeaves, type Issue, type Leaf } from './union-leaves.js'

/** What zod found, as problems with their places in the text. */
export function describeIssues(issues: readonly Issue[], data: LocatedData): Problem[] {
  return issues.flatMap((issue) => unionLeaves(issue)).map((leaf) => describe(leaf, data))
}

function describe({ issue, path }: Leaf, data: LocatedData): Problem {
  const field = path.length === 0 ? 'the scenario' : path.map(String).join('.')
  const value = valueAt(data.value, path)
  const span = spanOfValue(data, path)
  const received = describeReceived(value)
  if (issue.code === 'custom') {
    const { unknownKey, ...parts } = issue.params ?? {}
    return {
      span: unknownKey === true ? spanOfKey(data, path) : span,
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
