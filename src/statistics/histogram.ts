/** Counts in bins of equal width on a 1-2-5 grid, empty ends left out. */
export interface Histogram {
  fromMs: number
  binMs: number
  counts: number[]
}

const wantedBins = 40

/** From ascending µs; undefined where there are none. */
export function histogramOf(sortedUs: Float64Array): Histogram | undefined {
  if (sortedUs.length === 0) return undefined
  const smallest = sortedUs[0]! / 1000
  const largest = sortedUs.at(-1)! / 1000
  const binMs = roundStep(Math.max(largest - smallest, 0.01) / wantedBins)
  const first = Math.floor(smallest / binMs)
  const counts = new Array<number>(Math.floor(largest / binMs) - first + 1).fill(0)
  for (const us of sortedUs) counts[Math.floor(us / 1000 / binMs) - first]!++
  return { fromMs: first * binMs, binMs, counts }
}

/** The smallest of 1, 2, 5 × 10ⁿ that is not below the step. */
function roundStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step))
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= step * (1 - 1e-9))!
  return factor * power
}
