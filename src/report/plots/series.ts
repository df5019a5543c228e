import type { BatchingMode, Point } from '../../scenario/plan/plan.js'
import { batchingModes, groupBy, surroundingsKey } from '../../analysis/point-identity.js'
import type { PointSummary } from '../../analysis/point-summary.js'
import { formatBatchingSeries } from '../format/format.js'
import { percentileNames, type PercentileName } from '../../scenario/grammar/metric.js'
import type { ModeComparison } from '../../analysis/mode-comparison.js'
import type { RunAnalysis } from '../../analysis/analyse-run.js'
import type { LatencySummary } from '../../analysis/percentile.js'

/** One curve over batch sizes: same mode, protocol, encoding and delay. */
export interface Series {
  name: string
  mode: BatchingMode
  /** Distinguishes the curves of one mode, from 0. */
  variant: number
  /** By batch size. */
  points: PointSummary[]
}

/**
 * Okabe and Ito's colours (https://jfly.uni-koeln.de/color/), distinguishable with every kind of colour vision. They
 * have enough contrast on white and on black, so a mode has the same colour on every page.
 */
export const modeColour: Record<BatchingMode, string> = {
  server: '#0072b2',
  client: '#d55e00',
  hybrid: '#009e73',
}

/** The colour of the mode; grey for no batching, which belongs to all modes. */
export function pointColour({ batching }: Point): string {
  return batching.batchSize === 1 ? '#7a7a7a' : modeColour[batching.mode]
}

/** Shapes distinguish the modes in print without colour. */
const symbols = {
  server: ['circle', 'circle-open'],
  client: ['square', 'square-open'],
  hybrid: ['diamond', 'diamond-open'],
} as const

export function modeSymbol(mode: BatchingMode, open = false): (typeof symbols)[BatchingMode][number] {
  return symbols[mode][open ? 1 : 0]
}

const dashes = ['solid', 'dash', 'dot', 'dashdot'] as const

export function lineDash(variant: number): (typeof dashes)[number] {
  return dashes[variant % dashes.length]!
}

const modes: BatchingMode[] = ['server', 'client', 'hybrid']

/**
 * The curves of points that share a load. A batch of one belongs to both modes and begins each of their curves; alone
 * it is not a curve.
 */
export function groupIntoSeries(points: PointSummary[]): Series[] {
  const ones = points.filter(({ point }) => point.batching.batchSize === 1)
  const larger = points.filter(({ point }) => point.batching.batchSize > 1)
  const all = modes.flatMap((mode) =>
    [...groupBy(of(mode, larger), ({ point }) => formatBatchingSeries(point))].map(
      ([name, some], variant) => ({
        name,
        mode,
        variant,
        points: [...(mode === 'hybrid' ? [] : onesBeside(some, ones)), ...some].toSorted(
          (a, b) => a.point.batching.batchSize - b.point.batching.batchSize,
        ),
      }),
    ),
  )
  if (all.length > 0 || ones.length === 0) return all
  return [{ name: 'no batching', mode: ones[0]!.point.batching.mode, variant: 0, points: ones }]
}

/** The batches of one that begin a curve: those of its protocol and encoding, if there are any. */
function onesBeside(curve: PointSummary[], ones: PointSummary[]): PointSummary[] {
  const protocols = new Set(curve.map(({ point }) => point.batching.protocol))
  const encodings = new Set(curve.map(({ point }) => point.batching.encoding))
  const ofProtocol = ones.filter(({ point }) => protocols.has(point.batching.protocol))
  const alike = ofProtocol.filter(({ point }) => encodings.has(point.batching.encoding))
  return [alike, ofProtocol, ones].find((some) => some.length > 0) ?? []
}

function of(mode: BatchingMode, points: PointSummary[]): PointSummary[] {
  return points.filter(({ point }) => point.batching.mode === mode)
}

/** The closed points of the verdict's ceiling: the same frames in flight, server, model and video for all of them. */
export function headlineClosedPoints({ points, verdict }: RunAnalysis): PointSummary[] {
  return ofComparison(points, verdict.ceiling)
}

/** The camera points of the verdict's latency comparison. */
export function headlineCameraPoints({ points, verdict }: RunAnalysis): PointSummary[] {
  return ofComparison(points, verdict.latency)
}

/**
 * Points of one kind of load that may be shown on the curves of one plot: those that differ from the verdict's only in
 * batching and in the amount of load.
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
