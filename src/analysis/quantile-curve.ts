import { toMs } from './milliseconds.js'
import { quantileOf } from './percentile.js'

/** A point of the percentile curve: `nines` = −log10(1 − p), so 1 is p90, 2 is p99. */
export interface QuantilePoint {
  nines: number
  ms: number
}

const stepsPerNine = 16

/**
 * From ascending µs. It ends at p = 1 − 1/n, where the samples do: beyond it there is nothing to show. n counts what
 * is independent: the frames of one request are late together.
 */
export function quantileCurve(sortedUs: Float64Array, independent = sortedUs.length): QuantilePoint[] {
  if (sortedUs.length < 2 || independent < 2) return []
  const last = Math.log10(independent)
  const curve: QuantilePoint[] = []
  for (let step = 0; step / stepsPerNine < last; step++) curve.push(pointAt(sortedUs, step / stepsPerNine))
  curve.push(pointAt(sortedUs, last))
  return curve
}

function pointAt(sortedUs: Float64Array, nines: number): QuantilePoint {
  return { nines: Math.round(nines * 1000) / 1000, ms: toMs(quantileOf(sortedUs, 1 - 10 ** -nines))! }
}
