/**
 * Counts in bins that grow by a fixed ratio, the same for every histogram: shares of two distributions can be
 * compared bin by bin, which bins of unlike widths would not allow.
 */
export interface Histogram {
  /** Number of the first bin; bin i holds 2^(i/8) ≤ ms < 2^((i+1)/8), so each is 9 % wide. */
  firstBin: number
  counts: number[]
}

const binsPerDoubling = 8

/** From ascending µs; undefined where there are none above 0. */
export function histogramOf(sortedUs: Float64Array): Histogram | undefined {
  const smallest = sortedUs.find((us) => us > 0)
  if (smallest === undefined) return undefined
  const firstBin = binOf(smallest)
  const counts = Array.from({ length: binOf(sortedUs.at(-1)!) - firstBin + 1 }, () => 0)
  for (const us of sortedUs) if (us > 0) counts[binOf(us) - firstBin]!++
  return { firstBin, counts }
}

/** Lower edge of a bin, ms. */
export function binEdgeMs(bin: number): number {
  return 2 ** (bin / binsPerDoubling)
}

function binOf(us: number): number {
  return Math.floor(Math.log2(us / 1000) * binsPerDoubling)
}
