import type { Plan } from '../../scenario/plan/plan.js'
import { plural } from '../../system/plural.js'
import { formatBatching, formatDuration, formatList } from './format.js'

/** How a run with --until-decided ended, in one or two sentences; none for other runs. */
export function raceSentences({ race, points }: Pick<Plan, 'race' | 'points'>): string[] {
  if (race === undefined) return []
  const { budgetS, end } = race
  if (end === undefined) return ['Open: the run was interrupted before it was decided.']
  const { blocks, inContention, equal } = end
  const namesOf = (ids: readonly number[]) =>
    ids.flatMap((id) => points.filter((point) => point.id === id)).map(formatBatching)
  const after = `after ${plural(blocks, 'block')}`
  if (inContention.length === 0) return [`Open ${after}: no setting could be compared.`]
  if (equal.length === 0) {
    return [
      `Open ${after}: ${formatList(namesOf(inContention))} are not decided within the budget of ${formatDuration(budgetS)}.`,
      `Give it more time, for example with --budget ${Math.ceil((2 * budgetS) / 60)}m.`,
    ]
  }
  if (inContention.length === 1) return [`Decided ${after}: every other setting carries over 5 % less.`]
  return [
    equal.length === 1
      ? `Decided ${after}: no other setting carries over 5 % more than ${namesOf(equal).join('')}.`
      : `Decided ${after}: ${formatList(namesOf(equal))} are equal within 5 %, and no other setting carries more.`,
  ]
}
