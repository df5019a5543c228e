import jStat from 'jstat'
import { percentileNames, type PercentileName } from '../scenario/grammar/metric.js'
import type { Ascending, Distribution, Range } from './distribution.js'

export interface Interval {
  low: number
  high: number
}

/** A percentile and its 95 % order-statistic interval, in the unit of the samples. */
interface Percentile extends Interval {
  value: number
}

/**
 * The exact p-quantile of ascending samples, or undefined if there are too few samples for its interval. `independent`
 * is the number of independent observations behind the samples (default: their count): the frames of one request are
 * late together, so frame latencies have as many as there were requests, and the ranks are scaled accordingly.
 */
export function computePercentile(
  sorted: Ascending,
  p: number,
  independent = sorted.length,
): Percentile | undefined {
  const ranks = binomialRanks(independent, p)
  if (ranks === undefined || sorted.length === 0) return undefined
  const samplesPerObservation = sorted.length / independent
  const at = (rank: number) => sorted.at(Math.min(sorted.length, Math.max(1, Math.round(rank))) - 1)!
  return {
    value: computeQuantile(sorted, p),
    low: at((ranks.low - 1) * samplesPerObservation + 1),
    high: at(ranks.high * samplesPerObservation),
  }
}

/** The p-quantile alone, without a check that there are enough samples. NaN if there are no samples. */
export function computeQuantile(sorted: Ascending, p: number): number {
  if (sorted.length === 0) return Number.NaN
  // Type 7 of Hyndman and Fan, Sample quantiles in statistical packages, 1996: the default of numpy and R.
  const rank = (sorted.length - 1) * p
  const lower = Math.floor(rank)
  const value = sorted.at(lower)!
  return rank === lower ? value : value + (rank - lower) * (sorted.at(lower + 1)! - value)
}

/** Between which values `computeQuantile` is, as long as order statistics are missing. There is at least one sample. */
export function quantileRange(sorted: Distribution, p: number): Range {
  const value = computeQuantile(sorted, p)
  if (!Number.isNaN(value)) return { low: value, high: value }
  const rank = (sorted.length - 1) * p
  return { low: sorted.rangeAt(Math.floor(rank)).low, high: sorted.rangeAt(Math.ceil(rank)).high }
}

/**
 * The order statistics (from 1: the smallest sample) that enclose the p-quantile of any continuous distribution with at
 * least `confidence`, from n independent samples: the number of samples below the quantile is binomial(n, p), so no
 * shape has to be assumed (Conover, Practical Nonparametric Statistics, 3rd ed., §3.2; Hahn & Meeker, Statistical
 * Intervals, §5.2). Undefined if n is too small for such an interval: a p99 needs 368 samples at 95 %.
 */
export function binomialRanks(n: number, p: number, confidence = 0.95): Interval | undefined {
  const tail = (1 - confidence) / 2
  const low = smallest(n, (k) => jStat.binomial.cdf(k, n, p) > tail)
  const high = smallest(n, (k) => jStat.binomial.cdf(k, n, p) >= 1 - tail) + 1
  return low >= 1 && high <= n ? { low, high } : undefined
}

/** The fewest samples for which the 95 % order-statistic interval of a p-quantile exists: 368 for a p99. */
export function samplesNeeded(p: number): number {
  // All n samples are below it with probability pⁿ, above it with (1 − p)ⁿ: each at most half of 5 %.
  return Math.ceil(Math.log(0.025) / Math.log(Math.max(p, 1 - p)))
}

/** Whether these samples can show a p-quantile within a 95 % interval. */
export function hasEnoughRequests({ independent }: Pick<LatencySummary, 'independent'>, p: number): boolean {
  return independent >= samplesNeeded(p)
}

/** The smallest k from 0 to n for which a monotone condition holds, by bisection. */
function smallest(n: number, holds: (k: number) => boolean): number {
  let below = -1
  let k = n
  while (k - below > 1) {
    const middle = Math.floor((below + k) / 2)
    if (holds(middle)) k = middle
    else below = middle
  }
  return k
}

/** µs to ms at µs resolution, as every table and file shows it; undefined for an event that never happened (NaN). */
export function toMs(us: number | undefined): number | undefined {
  return us === undefined || Number.isNaN(us) ? undefined : Math.round(us) / 1000
}

/** Percentiles in ms at µs resolution; each is absent if there are too few samples for its interval. */
export interface LatencySummary {
  samples: number
  /** Number of requests behind the samples. The intervals depend on it. */
  independent: number
  p50?: Percentile
  p95?: Percentile
  p99?: Percentile
  maxMs?: number
}

/** 0.99 of `p99`. */
export function percentileRank(name: PercentileName): number {
  return Number(name.slice(1)) / 100
}

/** From ascending µs. */
export function summariseLatencies(sortedUs: Ascending, independent = sortedUs.length): LatencySummary {
  const summary: LatencySummary = { samples: sortedUs.length, independent }
  if (sortedUs.length === 0) return summary
  for (const name of percentileNames) {
    const percentile = computePercentile(sortedUs, percentileRank(name), independent)
    if (percentile !== undefined)
      summary[name] = {
        value: toMs(percentile.value)!,
        low: toMs(percentile.low)!,
        high: toMs(percentile.high)!,
      }
  }
  summary.maxMs = toMs(sortedUs.at(-1))!
  return summary
}
