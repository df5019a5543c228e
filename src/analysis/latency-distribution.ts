import type { Ascending } from './distribution.js'
import { computeQuantile, toMs } from './percentile.js'

/**
 * Counts in bins that grow by a fixed ratio. All histograms have the same bins, so two distributions can be compared
 * bin by bin.
 */
export interface Histogram {
  /** Number of the first bin; bin i holds 2^(i/8) ≤ ms < 2^((i+1)/8), so each is 9 % wide. */
  firstBin: number
  counts: number[]
}

const binsPerDoubling = 8
/** Wider than any time. */
const [lowestBin, highestBin] = [binNumber(1e-300), binNumber(1e300)]

/** Counts µs in any order. `result` is undefined if there are none above 0. */
export function countInBins(): {
  addEach: (timesUs: Float64Array) => void
  result: () => Histogram | undefined
} {
  const counts = new Float64Array(highestBin - lowestBin + 1)
  return {
    addEach(timesUs) {
      for (let i = 0; i < timesUs.length; i++) {
        const us = timesUs[i]!
        if (us > 0) counts[binNumber(us) - lowestBin]! += 1
      }
    },
    result() {
      const found = new Map<number, number>()
      for (const [i, count] of counts.entries()) if (count > 0) found.set(lowestBin + i, count)
      return toHistogram(found)
    },
  }
}

/** The histogram of several together. */
export function addHistograms(histograms: readonly (Histogram | undefined)[]): Histogram | undefined {
  const together = new Map<number, number>()
  for (const { firstBin, counts } of histograms.filter((one) => one !== undefined))
    for (const [i, count] of counts.entries())
      together.set(firstBin + i, (together.get(firstBin + i) ?? 0) + count)
  return toHistogram(together)
}

function toHistogram(counts: ReadonlyMap<number, number>): Histogram | undefined {
  if (counts.size === 0) return undefined
  const bins = [...counts.keys()]
  const [firstBin, lastBin] = [Math.min(...bins), Math.max(...bins)]
  return {
    firstBin,
    counts: Array.from({ length: lastBin - firstBin + 1 }, (_, i) => counts.get(firstBin + i) ?? 0),
  }
}

/** Lower edge of a bin, ms. */
export function binEdgeMs(bin: number): number {
  return 2 ** (bin / binsPerDoubling)
}

function binNumber(us: number): number {
  return Math.floor(Math.log2(us / 1000) * binsPerDoubling)
}

/** A point of the percentile curve: `nines` = −log10(1 − p), so 1 is p90, 2 is p99. */
export interface QuantilePoint {
  nines: number
  ms: number
}

const stepsPerNine = 16

/**
 * From ascending µs. It ends at p = 1 − 1/n, because no sample lies beyond. n is the number of independent samples: the
 * frames of one request are late together and count once.
 */
export function computeQuantileCurve(sortedUs: Ascending, independent = sortedUs.length): QuantilePoint[] {
  if (sortedUs.length < 2 || independent < 2) return []
  const last = Math.log10(independent)
  const curve: QuantilePoint[] = []
  for (let step = 0; step / stepsPerNine < last; step++) curve.push(pointAt(sortedUs, step / stepsPerNine))
  curve.push(pointAt(sortedUs, last))
  return curve
}

function pointAt(sortedUs: Ascending, nines: number): QuantilePoint {
  return { nines: Math.round(nines * 1000) / 1000, ms: toMs(computeQuantile(sortedUs, 1 - 10 ** -nines))! }
}
