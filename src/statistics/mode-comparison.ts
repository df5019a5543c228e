import { median } from 'simple-statistics'
import type { Point } from '../plan/plan.js'
import type { BatchingMode, LoadSettings } from '../scenario/settings.js'
import type { ReportedPercentile } from './latency-summary.js'
import { groupBy } from './group-by.js'
import { modesOf } from './point-words.js'
import type { PointSummary } from './point-summary.js'
import type { Spread } from './spread.js'

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
  /** The best mode's advantage over the second as a ratio ≥ 1, and what the ranges allow for. */
  ratio?: { value: number; low: number; high: number }
  /** Undefined: no difference found. */
  winner?: BatchingMode
}

/**
 * With one or two repetitions nothing below this is called: the same settings drifted by about 5 % from run to
 * run on a real TorchServe, and the ranges of two times two repetitions miss each other by chance one time in three.
 */
const driftOfFewRepetitions = 0.05
/** With more, nothing below this: too little to choose a mode for, and three by three still miss one time in ten. */
const smallestDifference = 0.02

/** Points that differ in nothing but batching may be compared; everything else stays equal. */
export function comparableGroups(points: PointSummary[], kind: LoadSettings['kind']): PointSummary[][] {
  const some = points.filter(({ point }) => point.load.kind === kind)
  return [
    ...groupBy(some, ({ point: { video, server, model, load } }) =>
      JSON.stringify([video, server, model, load]),
    ).values(),
  ]
}

/** The usual distance between repetitions of one point, as a share; single repetitions tell none. */
export function noiseFloor(spreads: (Spread | undefined)[]): number {
  const ranges = spreads.flatMap((spread) =>
    spread === undefined || spread.repetitions < 2 || spread.median === 0
      ? []
      : [(spread.max - spread.min) / spread.median],
  )
  return ranges.length === 0 ? 0 : median(ranges)
}

/** Highest FPS wins. */
export function compareCeilings(group: PointSummary[]): ModeComparison | undefined {
  const noise = noiseFloor(group.map(({ fps }) => fps))
  const cells = group.flatMap((summary): ModeBest[] =>
    summary.fps === undefined
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
  const noise = noiseFloor(carried.map(({ frameLatencySpread }) => frameLatencySpread?.[metric]))
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
  const comparison: ModeComparison = {
    load: group[0]!.point.load,
    points: group.map(({ point }) => point.id),
    settings: '',
    metric,
    noise,
    modes,
  }
  if (second === undefined || best.point === second.point) return comparison
  const [large, small] = best.value > second.value ? [best, second] : [second, best]
  comparison.ratio = {
    value: large.value / small.value,
    low: large.low / small.high,
    high: large.high / small.low,
  }
  const fewest = Math.min(best.repetitions, second.repetitions)
  const floor = Math.max(noise, fewest < 3 ? driftOfFewRepetitions : smallestDifference)
  const apart = comparison.ratio.low > 1 && comparison.ratio.value - 1 > floor
  comparison.floor = floor
  if (apart) comparison.winner = best.mode
  return comparison
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
