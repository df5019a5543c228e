import { percentileNames, type PercentileName } from '../scenario/grammar/metric.js'
import type { LatencySummary } from './percentile.js'
import type { PointSummary } from './point-summary.js'
import { compareFigures, repetitionNoise } from './significant-difference.js'
import type { Figure } from './spread.js'

/** The sites of a point by their latency: of frames under camera load, else of requests. */
export interface SiteComparison {
  /** The deepest percentile that all sites have enough requests for. Absent: there is none, and nothing is compared. */
  percentile?: PercentileName | undefined
  /** The slowest first. */
  sites: PointSummary[]
  /** Whether the slowest is significantly slower than the fastest. */
  differ: boolean
}

/**
 * Compares sites as modes are compared: over the ranges of the repetitions, because each has new phases. The intervals of
 * the percentiles alone are too narrow: which batch a frame joins depends on the phase of its camera, and a site may have
 * few cameras.
 *
 * @returns undefined if the load was sent by one process
 */
export function compareSites({ sites }: Pick<PointSummary, 'sites'>): SiteComparison | undefined {
  if (sites === undefined) return undefined
  const percentile = percentileNames
    .toReversed()
    .find((name) => sites.every((site) => siteLatency(site)?.[name] !== undefined))
  const at = (site: PointSummary) => percentile && siteLatency(site)?.[percentile]
  const slowestFirst = sites.toSorted((a, b) => (at(b)?.value ?? 0) - (at(a)?.value ?? 0))
  const slowest = figureOf(slowestFirst[0]!, percentile)
  const fastest = figureOf(slowestFirst.at(-1)!, percentile)
  const noise = repetitionNoise(
    sites.map(({ frameLatencySpread }) => percentile && frameLatencySpread?.[percentile]),
  )
  return {
    percentile,
    sites: slowestFirst,
    differ:
      slowest !== undefined && fastest !== undefined && compareFigures(slowest, fastest, noise).significant,
  }
}

/** The percentile with its interval and, under camera load, the range of the repetitions. */
function figureOf(site: PointSummary, name: PercentileName | undefined): Figure | undefined {
  const percentile = name && siteLatency(site)?.[name]
  if (percentile === undefined) return undefined
  const spread = site.frameLatencySpread?.[name!]
  if (spread === undefined) return { ...percentile, repetitions: 1 }
  return {
    value: percentile.value,
    low: Math.min(percentile.low, spread.min),
    high: Math.max(percentile.high, spread.max),
    repetitions: spread.repetitions,
  }
}

export function siteLatency({
  point,
  frameLatency,
  requestLatency,
}: PointSummary): LatencySummary | undefined {
  return point.load.kind === 'cameras' ? frameLatency : requestLatency
}
