import type { LoadSettings } from '../../scenario/settings.js'
import type { PointSummary } from '../../statistics/point-summary.js'
import type { RunAnalysis } from '../../statistics/run-analysis.js'

/** The closed points under the load of the verdict's ceiling: the same frames in flight for all of them. */
export function headlineClosedPoints({ points, verdict }: RunAnalysis): PointSummary[] {
  return underLoad(points, verdict.ceiling?.load)
}

/** The camera points under the load of the verdict's latency comparison. */
export function headlineCameraPoints({ points, verdict }: RunAnalysis): PointSummary[] {
  return underLoad(points, verdict.latency?.load)
}

function underLoad(points: PointSummary[], load: LoadSettings | undefined): PointSummary[] {
  const key = JSON.stringify(load)
  return points.filter(({ point }) => JSON.stringify(point.load) === key)
}
