import { median } from 'simple-statistics'
import type { Interval } from './percentile.js'
import type { Figure, Spread } from './spread.js'

/**
 * With one or two repetitions, a smaller difference is never significant. The same settings drifted by about 5 % from
 * run to run on a real TorchServe, and the ranges of two repetitions each are disjoint by chance in one case of three.
 */
const driftOfFewRepetitions = 0.05
/** The same limit with more repetitions. The ranges of three each are still disjoint by chance in one case of ten. */
const smallestDifference = 0.02

export interface Difference {
  /** The larger figure over the smaller. */
  ratio: number
  /** The ratio at the ends of the ranges; absent if a figure has a single repetition, which has no range. */
  range?: Interval
  /** The difference, as a share, above which it is significant. */
  threshold: number
  significant: boolean
  /** Why it is not significant. `intervals-overlap`: those of the percentiles, if there is a single repetition. */
  because?: 'ranges-overlap' | 'intervals-overlap' | 'below-threshold'
}

/**
 * The difference is significant if the ranges do not overlap and it exceeds the threshold.
 *
 * @param noise usual distance between repetitions of one point, as a share
 */
export function compareFigures(a: Figure, b: Figure, noise: number): Difference {
  const [large, small] = a.value > b.value ? [a, b] : [b, a]
  const ratio = large.value / small.value
  const range = { low: large.low / small.high, high: large.high / small.low }
  const fewest = Math.min(a.repetitions, b.repetitions)
  const threshold = Math.max(
    noise,
    fewest < 3 ? driftOfFewRepetitions : smallestDifference,
    a.resolution ?? 0,
    b.resolution ?? 0,
  )
  const significant = range.low > 1 && ratio - 1 > threshold
  const overlap = range.low <= 1 && range.high > range.low
  const because = overlap ? (fewest > 1 ? 'ranges-overlap' : 'intervals-overlap') : 'below-threshold'
  return { ratio, threshold, significant, ...(fewest > 1 && { range }), ...(!significant && { because }) }
}

/** The usual distance between repetitions of one point, as a share; 0 if every point has a single repetition. */
export function repetitionNoise(spreads: readonly (Spread | undefined)[]): number {
  const ranges = spreads.flatMap((spread) =>
    spread === undefined || spread.repetitions < 2 || spread.median === 0
      ? []
      : [(spread.max - spread.min) / spread.median],
  )
  return ranges.length === 0 ? 0 : median(ranges)
}
