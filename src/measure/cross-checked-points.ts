import type { Plan } from '../scenario/plan/plan.js'

/** One closed point of each mode, the one with the largest batches: where an error of ours would show most. */
export function crossCheckedPoints({ points }: Pick<Plan, 'points'>): number[] {
  const closed = points
    .filter(({ load }) => load.kind === 'closed')
    .toSorted((a, b) => b.batching.batchSize - a.batching.batchSize)
  const modes = new Set(closed.map(({ batching }) => batching.mode))
  return [...modes].map((mode) => closed.find(({ batching }) => batching.mode === mode)!.id)
}
