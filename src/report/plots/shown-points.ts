import { percentileNames, type PercentileName } from '../../scenario/grammar/metric.js'
import type { ModeComparison } from '../../analysis/mode-comparison.js'
import type { PointSummary } from '../../analysis/point-summary.js'
import type { RunAnalysis } from '../../analysis/analyse-run.js'
import { batchingModes, surroundingsKey } from '../../analysis/point-identity.js'
import type { BatchingMode } from '../../scenario/plan/plan.js'
import { type LatencySummary } from '../../analysis/percentile.js'

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
    : some.filter(({ point }) => surroundingsKey(point) === surroundingsKey(reference.point))
}

function ofComparison(points: PointSummary[], comparison: ModeComparison | undefined): PointSummary[] {
  const ids = new Set(comparison?.points)
  return points.filter(({ point }) => ids.has(point.id))
}

/**
 * The best point of each mode, under the verdict's camera load if there is one, else its closed load. If no batching is
 * best for all modes, the best batched point of each is added, so that the modes can be compared.
 */
export function bestPoints({ points, verdict }: RunAnalysis): PointSummary[] {
  const comparison = verdict.latency ?? verdict.ceiling
  if (comparison === undefined) return []
  const ids = new Set(comparison.modes.map(({ point }) => point))
  if (comparison.modes.length > 1 && ids.size === 1) {
    const others = points.filter(({ point }) => comparison.points.includes(point.id) && !ids.has(point.id))
    for (const { mode } of comparison.modes) {
      const best = findFastest(mode, others)
      if (best !== undefined) ids.add(best.point.id)
    }
  }
  return points.filter(({ point }) => ids.has(point.id))
}

/** Lowest median latency; under closed load that is the highest FPS too (Little's law). */
function findFastest(mode: BatchingMode, points: PointSummary[]): PointSummary | undefined {
  return points
    .filter(({ point }) => batchingModes(point).includes(mode))
    .toSorted((a, b) => medianLatencyMs(a) - medianLatencyMs(b))[0]
}

function medianLatencyMs({ frameLatency, requestLatency }: PointSummary): number {
  return (frameLatency ?? requestLatency).p50?.value ?? Number.POSITIVE_INFINITY
}

/** Frame latency under camera load, request latency under closed load. */
export function shownLatency({
  point,
  requestLatency,
  frameLatency,
}: PointSummary): LatencySummary | undefined {
  return point.load.kind === 'cameras' ? frameLatency : requestLatency
}

export function latencyWord(kind: 'closed' | 'cameras'): string {
  return kind === 'cameras' ? 'frame latency' : 'request latency'
}

/** The deepest percentile that at least this share of the points has samples for. */
export function deepestPercentile(points: PointSummary[], share = 0.75): PercentileName {
  const known = (name: PercentileName) =>
    points.filter((point) => shownLatency(point)?.[name] !== undefined).length / points.length
  return percentileNames.toReversed().find((name) => known(name) >= share) ?? 'p50'
}
