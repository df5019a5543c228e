import type { PercentileName } from '../scenario/grammar/metric.js'
import { isComparable } from './outcome.js'
import type { BatchingMode, BatchingSettings, LoadSettings, Point, Protocol } from '../scenario/plan/plan.js'
import { decideTwice, withoutLateness } from './lateness.js'
import { hasEnoughRequests, type Interval } from './percentile.js'
import { compareFigures, repetitionNoise, type Difference } from './significant-difference.js'
import { batchingModes, groupBy, loadKey, type SettingValue } from './point-identity.js'
import type { PointSummary } from './point-summary.js'
import { spreadFigure, type Figure } from './spread.js'

/** The best point of one mode under one load. `value`: the median over repetitions (FPS) or a pooled percentile (ms). */
export interface ModeBest extends Figure {
  mode: BatchingMode
  point: number
  batchSize: number
  /** The other settings that distinguish it within its mode under this load; empty for no batching. */
  distinguishing: Partial<Omit<BatchingSettings, 'mode' | 'batchSize' | 'protocol'>> & { protocol?: Protocol }
}

/** The modes compared under the same load, video, server and model. */
export interface ModeComparison {
  load: LoadSettings
  /** Every point of the group, including those that could not be compared. */
  points: number[]
  /** The batch sizes that were compared, ascending. */
  batchSizes: number[]
  /** The other settings that distinguish the group from others of the run. */
  settings: SettingValue[]
  metric: 'fps' | PercentileName
  /** Usual distance between repetitions of this metric under this load, as a share. */
  noise: number
  /** Best first. Where no batching is better than every batch of a mode, it stands for that mode. */
  modes: ModeBest[]
  /** The best batch of each mode, and no batching once; best first. */
  ranked: ModeBest[]
  /** Points of the group that answered too few requests for the metric. They are not compared. */
  tooFew: number[]
  /** Modes that were overloaded here at every batch size above 1. */
  overloaded: BatchingMode[]
  /** The best mode against the second. */
  difference?: Difference | undefined
  /** Undefined: no significant difference. */
  winner?: BatchingMode | undefined
  /** Set if the winner is another one with each request's own lateness taken away. The comparison is then INVALID. */
  withoutLateness?: { winner: BatchingMode | undefined } | undefined
}

/** Groups of points that may be compared, because they differ only in batching. */
export function comparableGroups(points: PointSummary[], kind: LoadSettings['kind']): PointSummary[][] {
  const some = points.filter((summary) => summary.point.load.kind === kind && isComparable(summary))
  return [...groupBy(some, ({ point }) => loadKey(point)).values()]
}

/**
 * Highest FPS wins. Points that answered too few requests for the interval of a median are not compared. Answers come in
 * whole batches, so a difference of two batches is never significant, as in `measureStability`.
 */
export function compareCeilings(group: PointSummary[]): ModeComparison | undefined {
  const noise = repetitionNoise(group.map(({ fps }) => fps))
  const isTooFew = ({ requestLatency }: PointSummary) => !hasEnoughRequests(requestLatency, 0.5)
  const candidates = group.flatMap((summary): ModeBest[] => {
    const { fps, counts, point } = summary
    if (fps === undefined || fps.median === 0 || isTooFew(summary)) return []
    const resolution = (2 * point.batching.batchSize) / counts.byOutcome.ok
    return toCandidates(summary, { ...spreadFigure(fps)!, resolution })
  })
  const tooFew = group.filter(isTooFew)
  return compare(group, candidates, { metric: 'fps', noise, tooFew }, (candidate) => candidate.value)
}

/**
 * Lowest frame latency wins, at the deepest percentile that at least half of the points of every mode have samples for.
 * Points without it are left out, and so are overloaded points, because their latency depends on the length of the
 * window. The winner is decided twice, as measured and without lateness.
 */
export function compareFrameLatency(group: PointSummary[]): ModeComparison | undefined {
  const {
    decision: comparison,
    withoutLateness: other,
    latenessDecides,
  } = decideTwice(
    { measured: group, without: withoutLateness(group) },
    compareLatencies,
    (one) => one?.winner,
  )
  return comparison && latenessDecides
    ? { ...comparison, withoutLateness: { winner: other?.winner } }
    : comparison
}

function compareLatencies(group: PointSummary[]): ModeComparison | undefined {
  const carried = group.filter(
    ({ outcome, frameLatency }) => outcome !== 'overloaded' && frameLatency?.p50 !== undefined,
  )
  const metric = deepestPercentile(carried)
  const noise = repetitionNoise(carried.map(({ frameLatencySpread }) => frameLatencySpread?.[metric]))
  const candidates = carried.flatMap((summary) => {
    const percentile = summary.frameLatency?.[metric]
    if (percentile === undefined) return []
    const spread = summary.frameLatencySpread?.[metric]
    const repetitions = spread?.repetitions ?? 1
    const range: Interval =
      spread !== undefined && repetitions > 1 ? { low: spread.min, high: spread.max } : percentile
    return toCandidates(summary, { value: percentile.value, low: range.low, high: range.high, repetitions })
  })
  const tooFew = group.filter(
    ({ outcome, frameLatency }) => outcome !== 'overloaded' && frameLatency?.[metric] === undefined,
  )
  return compare(group, candidates, { metric, noise, tooFew }, (candidate) => -candidate.value)
}

function deepestPercentile(points: PointSummary[]): PercentileName {
  const byMode = [
    ...groupBy(
      points.flatMap((summary) => batchingModes(summary.point).map((mode) => ({ mode, summary }))),
      ({ mode }) => mode,
    ).values(),
  ]
  const names: PercentileName[] = ['p99', 'p95', 'p50']
  const known = (name: PercentileName) => (candidates: (typeof byMode)[number]) =>
    candidates.filter(({ summary }) => summary.frameLatency?.[name] !== undefined).length >=
    candidates.length / 2
  return names.find((name) => byMode.every(known(name))) ?? 'p50'
}

function toCandidates(summary: PointSummary, figure: Figure): ModeBest[] {
  const { id, batching } = summary.point
  return batchingModes(summary.point).map((mode) => ({
    mode,
    point: id,
    batchSize: batching.batchSize,
    distinguishing: {},
    ...figure,
  }))
}

function compare(
  group: PointSummary[],
  candidates: ModeBest[],
  { metric, noise, tooFew }: Pick<ModeComparison, 'metric' | 'noise'> & { tooFew: PointSummary[] },
  merit: (candidate: ModeBest) => number,
): ModeComparison | undefined {
  const bestOf = (some: ModeBest[], keyOf: (candidate: ModeBest) => string) =>
    [...groupBy(some, keyOf).values()]
      .map((same) => same.toSorted((a, b) => merit(b) - merit(a))[0]!)
      .toSorted((a, b) => merit(b) - merit(a))
  const modes = bestOf(measuredModes(group, candidates), ({ mode }) => mode)
  const [best, second] = modes
  if (best === undefined) return undefined
  const overloaded = overloadedModes(group, candidates)
  const named = (some: ModeBest[]) =>
    some.map((candidate) => ({ ...candidate, distinguishing: distinguish(candidate, group) }))
  const comparison: ModeComparison = {
    load: group[0]!.point.load,
    points: group.map(({ point }) => point.id),
    batchSizes: [...new Set(candidates.map(({ batchSize }) => batchSize))].toSorted((a, b) => a - b),
    settings: [],
    metric,
    noise,
    modes: named(modes),
    ranked: named(bestOf(candidates, (candidate) => (isUnbatched(candidate) ? 'none' : candidate.mode))),
    tooFew: tooFew.map(({ point }) => point.id),
    overloaded,
  }
  // The only mode that carried the load wins, unless its best point is the batch of one that both modes share.
  if (second === undefined)
    return overloaded.length > 0 && !isUnbatched(best) ? { ...comparison, winner: best.mode } : comparison
  if (best.point === second.point) return comparison
  const difference = compareFigures(best, second, noise)
  return { ...comparison, difference, ...(difference.significant && { winner: best.mode }) }
}

/**
 * The candidates of the modes that were measured. A batch of one belongs to both modes, so it stands for a mode only if
 * no larger batch can be compared, and for a mode without larger batches only if there is nothing else.
 */
function measuredModes(group: PointSummary[], candidates: ModeBest[]): ModeBest[] {
  const batched = candidates.filter((candidate) => !isUnbatched(candidate))
  if (batched.length > 0)
    return candidates.filter(({ mode }) => batched.some((candidate) => candidate.mode === mode))
  const shared = candidates.filter(({ mode }) =>
    group.some(({ point }) => point.batching.batchSize > 1 && point.batching.mode === mode),
  )
  return shared.length > 0 ? shared : candidates.filter(({ mode }) => mode === candidates[0]?.mode)
}

/** Modes with measured batches above 1 under this load, of which every point was overloaded. */
function overloadedModes(group: PointSummary[], candidates: ModeBest[]): BatchingMode[] {
  const measured = group.filter(({ point }) => point.batching.batchSize > 1)
  const modes = new Set(measured.map(({ point }) => point.batching.mode))
  return [...modes].filter(
    (mode) =>
      !candidates.some((candidate) => candidate.mode === mode && !isUnbatched(candidate)) &&
      measured.every(({ point, outcome }) => point.batching.mode !== mode || outcome === 'overloaded'),
  )
}

function isUnbatched({ batchSize }: ModeBest): boolean {
  return batchSize === 1
}

function distinguish(candidate: ModeBest, group: PointSummary[]): ModeBest['distinguishing'] {
  const same = group
    .map(({ point }) => point)
    .filter(({ batching }) => isUnbatched(candidate) || batching.mode === candidate.mode)
  const { framesPerRequest, serverBatchSize, encoding, protocol, maxBatchDelayMs } = same.find(
    ({ id }) => id === candidate.point,
  )!.batching
  const differ = (of: (point: Point) => unknown) =>
    new Set(same.filter((point) => point.batching.batchSize === candidate.batchSize).map(of)).size > 1
  return {
    ...(candidate.mode === 'hybrid' && { framesPerRequest, serverBatchSize }),
    ...(differ(({ batching }) => batching.encoding) && { encoding }),
    ...(differ(({ batching }) => batching.protocol) && { protocol: protocol ?? 'http' }),
    ...(differ(({ batching }) => batching.maxBatchDelayMs) && { maxBatchDelayMs }),
  }
}
