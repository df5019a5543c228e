import type { BatchingMode } from '../../scenario/schema/settings.js'
import { modesOf } from '../format/point-words.js'
import type { PointSummary } from '../../analysis/point-summary.js'
import type { RunAnalysis } from '../../analysis/run-analysis.js'

/**
 * The best point of each mode, under the verdict's camera load where there is one, else its closed load. Where no
 * batching is the best of both modes, the best batched point of each stands beside it: the modes are to be seen.
 */
export function bestPoints({ points, verdict }: RunAnalysis): PointSummary[] {
  const comparison = verdict.latency ?? verdict.ceiling
  if (comparison === undefined) return []
  const ids = new Set(comparison.modes.map(({ point }) => point))
  if (comparison.modes.length > 1 && ids.size === 1) {
    const others = points.filter(({ point }) => comparison.points.includes(point.id) && !ids.has(point.id))
    for (const { mode } of comparison.modes) {
      const best = bestOf(mode, others)
      if (best !== undefined) ids.add(best.point.id)
    }
  }
  return points.filter(({ point }) => ids.has(point.id))
}

/** Lowest median latency; under closed load that is the highest FPS too (Little's law). */
function bestOf(mode: BatchingMode, points: PointSummary[]): PointSummary | undefined {
  return points
    .filter(({ point }) => modesOf(point).includes(mode))
    .toSorted((a, b) => medianOf(a) - medianOf(b))[0]
}

function medianOf({ frameLatency, requestLatency }: PointSummary): number {
  return (frameLatency ?? requestLatency).p50?.value ?? Number.POSITIVE_INFINITY
}
