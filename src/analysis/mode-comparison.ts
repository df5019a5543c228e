import type { Point } from '../scenario/plan/plan.js'
import type { BatchingMode, LoadSettings } from '../scenario/schema/settings.js'
import { calledDifference, noiseOf } from './called-difference.js'
import type { ReportedPercentile } from './latency-summary.js'
import { groupBy } from './group-by.js'
import { modesOf } from '../report/format/point.js'
import type { PointSummary } from './point-summary.js'

/** The best cell of one mode under one load. */
export interface ModeBest {
  mode: BatchingMode
  point: number
  batchSize: number
  /** `client batching 8`, with encoding or delay where cells of this mode differ in it. */
  name: string
  /** The figure compared: median over repetitions (FPS) or pooled percentile (ms), and its range. */
  value: number
  low: number
  high: number
  repetitions: number
}

/** The modes against each other under the same load, video, server and model. */
export interface ModeComparison {
  load: LoadSettings
  /** Every point of the group, those that took no part included. */
  points: number[]
  /** What else sets the group apart from others of the run, in words; '' where nothing does. */
  settings: string
  metric: 'fps' | ReportedPercentile
  /** Usual distance between repetitions of this metric under this load, as a share. */
  noise: number
  /** Advantage that a difference has to exceed to be called, as a share. */
  floor?: number
  /** Best first. */
  modes: ModeBest[]
  /** Modes all of whose batches were overloaded here. */
  overloaded: BatchingMode[]
  /** The best mode's advantage over the second as a ratio ≥ 1, and what the ranges allow for. */
  ratio?: { value: number; low: number; high: number }
  /** Undefined: no difference found. */
  winner?: BatchingMode
}

/** Points that differ in nothing but batching may be compared; everything else stays equal. */
export function comparableGroups(points: PointSummary[], kind: LoadSettings['kind']): PointSummary[][] {
  const some = points.filter(({ point }) => point.load.kind === kind)
  return [
    ...groupBy(some, ({ point: { video, server, model, load } }) =>
      JSON.stringify([video, server, model, load]),
    ).values(),
  ]
}

/** Highest FPS wins. A point that answered nothing has no ceiling to compare: nothing is infinitely better than it. */
export function compareCeilings(group: PointSummary[]): ModeComparison | undefined {
  const noise = noiseOf(group.map(({ fps }) => fps))
  const cells = group.flatMap((summary): ModeBest[] =>
    summary.fps === undefined || summary.fps.median === 0
      ? []
      : cellsOf(summary, {
          value: summary.fps.median,
          low: summary.fps.min,
          high: summary.fps.max,
          repetitions: summary.fps.repetitions,
        }),
  )
  return compare(group, cells, 'fps', noise, (cell) => cell.value)
}

/**
 * Lowest frame latency wins, at the deepest percentile that at least half of the cells of every mode have samples
 * for. Cells without it, and overloaded ones, whose latency depends on how long one measures, don't take part.
 */
export function compareFrameLatency(group: PointSummary[]): ModeComparison | undefined {
  const carried = group.filter(
    ({ outcome, frameLatency }) => outcome !== 'overloaded' && frameLatency?.p50 !== undefined,
  )
  const metric = deepestPercentile(carried)
  const noise = noiseOf(carried.map(({ frameLatencySpread }) => frameLatencySpread?.[metric]))
  const cells = carried.flatMap((summary) => {
    const percentile = summary.frameLatency?.[metric]
    if (percentile === undefined) return []
    const spread = summary.frameLatencySpread?.[metric]
    const repetitions = spread?.repetitions ?? 1
    const range = spread !== undefined && repetitions > 1 ? { low: spread.min, high: spread.max } : percentile
    return cellsOf(summary, { value: percentile.value, low: range.low, high: range.high, repetitions })
  })
  return compare(group, cells, metric, noise, (cell) => -cell.value)
}

function deepestPercentile(points: PointSummary[]): ReportedPercentile {
  const byMode = [
    ...groupBy(
      points.flatMap((summary) => modesOf(summary.point).map((mode) => ({ mode, summary }))),
      ({ mode }) => mode,
    ).values(),
  ]
  const names: ReportedPercentile[] = ['p99', 'p95', 'p50']
  const known = (name: ReportedPercentile) => (cells: (typeof byMode)[number]) =>
    cells.filter(({ summary }) => summary.frameLatency?.[name] !== undefined).length >= cells.length / 2
  return names.find((name) => byMode.every(known(name))) ?? 'p50'
}

type Figure = Pick<ModeBest, 'value' | 'low' | 'high' | 'repetitions'>

function cellsOf(summary: PointSummary, figure: Figure): ModeBest[] {
  const { id, batching } = summary.point
  return modesOf(summary.point).map((mode) => ({
    mode,
    point: id,
    batchSize: batching.batchSize,
    name: '',
    ...figure,
  }))
}

function compare(
  group: PointSummary[],
  cells: ModeBest[],
  metric: ModeComparison['metric'],
  noise: number,
  merit: (cell: ModeBest) => number,
): ModeComparison | undefined {
  const modes = [...groupBy(cells, (cell) => cell.mode).values()]
    .filter((some) => cells.every(isUnbatched) || !some.every(isUnbatched))
    .map((some) => some.toSorted((a, b) => merit(b) - merit(a))[0]!)
    .toSorted((a, b) => merit(b) - merit(a))
  const [best, second] = modes
  if (best === undefined) return undefined
  for (const cell of modes) cell.name = nameOf(cell, group)
  const overloaded = overloadedModes(group, cells)
  const comparison: ModeComparison = {
    load: group[0]!.point.load,
    points: group.map(({ point }) => point.id),
    settings: '',
    metric,
    noise,
    modes,
    overloaded,
  }
  // The only one that carried the load wins, unless it is the batch of one that both modes share.
  if (second === undefined)
    return overloaded.length > 0 && !isUnbatched(best) ? { ...comparison, winner: best.mode } : comparison
  if (best.point === second.point) return comparison
  const { ratio, floor, called } = calledDifference(best, second, noise)
  return { ...comparison, ratio, floor, ...(called && { winner: best.mode }) }
}

/** Modes with batches of their own under this load, none of which takes part: all of them were overloaded. */
function overloadedModes(group: PointSummary[], cells: ModeBest[]): BatchingMode[] {
  const measured = group.filter(({ point }) => point.batching.batchSize > 1)
  const modes = new Set(measured.map(({ point }) => point.batching.mode))
  return [...modes].filter(
    (mode) =>
      !cells.some((cell) => cell.mode === mode && !isUnbatched(cell)) &&
      measured.every(({ point, outcome }) => point.batching.mode !== mode || outcome === 'overloaded'),
  )
}

/** It belongs to both modes; a mode that has nothing else was not measured. */
function isUnbatched({ batchSize }: ModeBest): boolean {
  return batchSize === 1
}

function nameOf(cell: ModeBest, group: PointSummary[]): string {
  if (cell.batchSize === 1) return 'no batching'
  const same = group.map(({ point }) => point).filter(({ batching }) => batching.mode === cell.mode)
  const { batching } = same.find(({ id }) => id === cell.point)!
  const differ = (of: (point: Point) => unknown) =>
    new Set(same.filter((point) => point.batching.batchSize === cell.batchSize).map(of)).size > 1
  const words: string[] = []
  if (cell.mode === 'hybrid') words.push(`${batching.framesPerRequest} × ${batching.serverBatchSize}`)
  if (differ((point) => point.batching.encoding)) words.push(batching.encoding)
  if (differ((point) => point.batching.maxBatchDelayMs)) words.push(`delay ${batching.maxBatchDelayMs} ms`)
  return `${cell.mode} batching ${cell.batchSize}${words.length === 0 ? '' : ` (${words.join(', ')})`}`
}
