import type { ModeComparison } from '../../analysis/mode-comparison.js'
import type { PointSummary } from '../../analysis/point-summary.js'
import type { RunAnalysis } from '../../analysis/run-analysis.js'
import { surroundings } from '../../analysis/varied-settings.js'

/** The closed points of the verdict's ceiling: the same frames in flight, server, model and video for all of them. */
export function headlineClosedPoints({ points, verdict }: RunAnalysis): PointSummary[] {
  return ofComparison(points, verdict.ceiling)
}

/** The camera points of the verdict's latency comparison. */
export function headlineCameraPoints({ points, verdict }: RunAnalysis): PointSummary[] {
  return ofComparison(points, verdict.latency)
}

/**
 * Points of one kind of load that may stand on the curves of one plot: those that differ from the verdict's in
 * nothing but batching and the amount of load.
 */
export function pointsAlike({ points, verdict }: RunAnalysis, kind: 'closed' | 'cameras'): PointSummary[] {
  const some = points.filter(({ point }) => point.load.kind === kind)
  const named = (kind === 'closed' ? verdict.ceiling : verdict.latency)?.points[0]
  const reference = some.find(({ point }) => point.id === named) ?? some[0]
  return reference === undefined
    ? []
    : some.filter(({ point }) => surroundings(point) === surroundings(reference.point))
}

function ofComparison(points: PointSummary[], comparison: ModeComparison | undefined): PointSummary[] {
  const ids = new Set(comparison?.points)
  return points.filter(({ point }) => ids.has(point.id))
}
