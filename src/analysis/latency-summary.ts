import { percentileNames, type PercentileName } from '../scenario/grammar/metric.js'
import { toMs } from './milliseconds.js'
import { computePercentile, type Percentile } from './percentile.js'

/** Percentiles in ms at µs resolution; each is absent where its samples are too few for its interval. */
export interface LatencySummary {
  samples: number
  /** Requests behind the samples, by which the intervals are judged. */
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
export function summariseLatencies(sortedUs: Float64Array, independent = sortedUs.length): LatencySummary {
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
