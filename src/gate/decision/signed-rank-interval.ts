import { median } from 'simple-statistics'

export interface Interval {
  low: number
  high: number
}

/**
 * The Hodges–Lehmann estimate of the shift of paired differences: the median of the means of all pairs of values (Walsh
 * averages), each value also with itself (Hodges & Lehmann, Ann. Math. Stat. 34, 1963). One outlier moves it as little as
 * a median, and it needs 1/0.955 of the values that the mean needs, where the median needs 1/0.637 of them (normal noise).
 */
export function hodgesLehmann(values: readonly number[]): number {
  return median(walshAverages(values))
}

/**
 * The interval that belongs to the estimate: the shifts that Wilcoxon's signed-rank test does not reject. It is exact for
 * symmetric differences, and differences between two sides in random order are symmetric. No seed decides anything.
 *
 * @param shares outside the interval at each end, at most. An end is infinite if the values are too few for its share.
 */
export function signedRankInterval(
  values: readonly number[],
  { below, above }: { below: number; above: number },
): Interval {
  const averages = walshAverages(values)
  const [cutBelow, cutAbove] = [below, above].map((share) => averagesOutside(values.length, share))
  return {
    low: cutBelow === 0 ? Number.NEGATIVE_INFINITY : averages[cutBelow! - 1]!,
    high: cutAbove === 0 ? Number.POSITIVE_INFINITY : averages[averages.length - cutAbove!]!,
  }
}

/** (xᵢ + xⱼ) ÷ 2 for all i ≤ j, ascending. */
function walshAverages(values: readonly number[]): number[] {
  return values
    .flatMap((one, i) => values.slice(i).map((other) => (one + other) / 2))
    .toSorted((a, b) => a - b)
}

/**
 * How many of the Walsh averages of n values lie outside at one end: the largest k for which the signed-rank statistic is
 * below k with a probability of at most `share`.
 */
function averagesOutside(n: number, share: number): number {
  const probabilities = rankSumProbabilities(n)
  let sum = 0
  let k = 0
  while (k < probabilities.length && sum + probabilities[k]! <= share) sum += probabilities[k++]!
  return k
}

const known = new Map<number, number[]>()

/** The probability of each sum of the ranks 1 to n of which each counts with probability ½ (Wilcoxon 1945). */
function rankSumProbabilities(n: number): number[] {
  const cached = known.get(n)
  if (cached !== undefined) return cached
  let probabilities = [1]
  for (let rank = 1; rank <= n; rank++) {
    const next = Array.from({ length: probabilities.length + rank }, () => 0)
    for (const [sum, probability] of probabilities.entries()) {
      next[sum]! += probability / 2
      next[sum + rank]! += probability / 2
    }
    probabilities = next
  }
  known.set(n, probabilities)
  return probabilities
}
