import { batchingKind } from '../../analysis/verdict.js'
import { groupBy } from '../../analysis/point-identity.js'
import type { PlannedPoint } from '../../scenario/plan/plan.js'
import { formatPoints } from './findings.js'
import { formatList, formatLoad } from './format.js'

/** With more batchings than this, the points are named by their numbers only. */
const mostNamed = 3

/**
 * Points by their batching, with their numbers: `client batching 8, 16 frames in flight (point 5)`, `no batching (points 1,
 * 2) and client batching 8 (point 7)`, `points 1, 2, 3 and 9 more`.
 */
export function namePoints(ids: readonly number[], points: readonly PlannedPoint[]): string {
  const named = points.filter(({ id }) => ids.includes(id))
  const groups = [...groupBy(named, (point) => shortBatching(point))]
  if (groups.length > mostNamed || named.length < ids.length) return formatPoints(ids)
  if (named.length === 1) return `${groups[0]![0]}, ${formatLoad(named[0]!.load)} (${formatPoints(ids)})`
  return formatList(
    groups.map(([batching, same]) => `${batching} (${formatPoints(same.map(({ id }) => id))})`),
  )
}

/** `client batching 8`, `no batching`. */
function shortBatching({ batching }: Pick<PlannedPoint, 'batching'>): string {
  const kind = batchingKind(batching)
  return kind === 'none' ? 'no batching' : `${kind} batching ${batching.batchSize}`
}
