import { quantileSorted } from 'simple-statistics'
import { binomialRanks } from './binomial-ranks.js'

/** A percentile and its 95 % order-statistic interval, in the unit of the samples. */
export interface Percentile {
  value: number
  low: number
  high: number
}

/**
 * The exact p-quantile of ascending samples, or undefined where their number is too small for its interval.
 * `independent` is the number of independent observations behind the samples (default: their count): the frames
 * of one request share its fate, so frame latencies have as many as there were requests, and the ranks are
 * stretched accordingly.
 */
export function percentileOf(
  sorted: Float64Array,
  p: number,
  independent = sorted.length,
): Percentile | undefined {
  const ranks = binomialRanks(independent, p)
  if (ranks === undefined || sorted.length === 0) return undefined
  const samplesPerObservation = sorted.length / independent
  const at = (rank: number) => sorted[Math.min(sorted.length, Math.max(1, Math.round(rank))) - 1]!
  return {
    value: quantileOf(sorted, p),
    low: at((ranks.low - 1) * samplesPerObservation + 1),
    high: at(ranks.high * samplesPerObservation),
  }
}

/** The p-quantile alone, without asking whether n carries it. NaN where there are no samples. */
export function quantileOf(sorted: Float64Array, p: number): number {
  if (sorted.length === 0) return Number.NaN
  return quantileSorted(asPlainArray(sorted), p)
}

/** simple-statistics only indexes, but its declaration asks for a plain array, which would take a copy. */
function asPlainArray(values: Float64Array): number[] {
  const indexed: unknown = values
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  return indexed as number[]
}
