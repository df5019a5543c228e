import { UserError } from '../../system/user-error.js'
import type { RawSections } from '../schema/merge-points.js'
import { Unswept, type OneOf } from '../schema/section.js'

/** One combination as written in the scenario, defaults not applied. */
export type Combination = OneOf<RawSections>

/** At one second per combination this takes almost three hours. More is almost certainly a mistake. */
const mostCombinations = 10_000

/**
 * All combinations of what is swept, in the order of the scenario: the cross product of each entry.
 *
 * @throws UserError if there are more than `mostCombinations`
 */
export function expandCombinations(entries: readonly RawSections[]): Combination[] {
  const count = countSweeps(entries)
  if (count > mostCombinations) {
    throw new UserError('the scenario has too many combinations', {
      expected: `at most ${mostCombinations} combinations`,
      received: `${count} combinations`,
      remedy: 'Shorten the lists, or list only the combinations that you need under points.',
    })
  }
  return entries.flatMap((entry) => expandSweeps(entry))
}

/**
 * Every combination of what is swept: a list stands for each of its elements, a mapping for the cross product of
 * its fields. The last field varies fastest.
 */
export function expandSweeps<T>(value: T): OneOf<T>[]
export function expandSweeps(value: unknown): unknown[] {
  if (value instanceof Unswept) return [value.value]
  if (Array.isArray(value)) return value.flatMap((element: unknown) => expandSweeps(element))
  if (typeof value !== 'object' || value === null) return [value]
  return Object.entries(value).reduce<Record<string, unknown>[]>(
    (partial, [field, inner]: [string, unknown]) => {
      const expanded = expandSweeps(inner)
      return partial.flatMap((fields) => expanded.map((single) => ({ ...fields, [field]: single })))
    },
    [{}],
  )
}

/** The number of combinations that `expandSweeps` returns, without creating them. */
export function countSweeps(value: unknown): number {
  if (Array.isArray(value))
    return value.reduce<number>((sum, element: unknown) => sum + countSweeps(element), 0)
  if (typeof value !== 'object' || value === null || value instanceof Unswept) return 1
  return Object.values(value).reduce<number>((product, inner: unknown) => product * countSweeps(inner), 1)
}
