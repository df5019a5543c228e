import type { LatencySummary, ReportedPercentile } from '../../analysis/latency-summary.js'
import { reportedPercentiles } from '../../analysis/latency-summary.js'
import type { PointSummary } from '../../analysis/point-summary.js'

/** The latency that tells about a load: of frames where they are captured, else of requests. */
export function latencyOf({ point, requestLatency, frameLatency }: PointSummary): LatencySummary | undefined {
  return point.load.kind === 'cameras' ? frameLatency : requestLatency
}

export function latencyWord(kind: 'closed' | 'cameras'): string {
  return kind === 'cameras' ? 'frame latency' : 'request latency'
}

/** The deepest percentile that at least this share of the points has samples for. */
export function deepestPercentile(points: PointSummary[], share = 0.75): ReportedPercentile {
  const known = (name: ReportedPercentile) =>
    points.filter((point) => latencyOf(point)?.[name] !== undefined).length / points.length
  return reportedPercentiles.toReversed().find((name) => known(name) >= share) ?? 'p50'
}
