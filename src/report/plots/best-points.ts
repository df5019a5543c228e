import type { PointSummary } from '../../statistics/point-summary.js'
import type { RunAnalysis } from '../../statistics/run-analysis.js'

/** The best point of each mode: under the verdict's camera load where there is one, else its closed load. */
export function bestPoints({ points, verdict }: RunAnalysis): PointSummary[] {
  const ids = new Set((verdict.latency ?? verdict.ceiling)?.modes.map(({ point }) => point))
  return points.filter(({ point }) => ids.has(point.id))
}
