import { factorial } from 'simple-statistics'

export interface Interval {
  low: number
  high: number
}

/**
 * The bootstrap interval of the median (percentile method, Efron 1979), computed exactly, without resampling: the
 * median of n draws from n values takes only the values (xᵢ + xⱼ) ÷ 2, whose probabilities follow from the multinomial
 * distribution (Maritz & Jarrett, JASA 73, 1978; Hutson & Ernst, JRSS B 62, 2000). 2,000 resamples approximate it. The
 * exact interval has no random part: the same pairs give the same verdict, whatever the seed.
 *
 * @param values an even number of them (pairs come in fours)
 * @param shares outside the interval at each end
 */
export function medianInterval(
  values: readonly number[],
  { below, above }: { below: number; above: number },
): Interval {
  const sorted = values.toSorted((a, b) => a - b)
  const medians = bootstrapMedians(sorted.length)
    .map(({ i, j, probability }) => ({ value: (sorted[i]! + sorted[j]!) / 2, probability }))
    .toSorted((a, b) => a.value - b.value)
  return {
    low: firstReaching(medians, below),
    high: firstReaching(medians.toReversed(), above),
  }
}

/** The value at which the probability, summed from the front, passes `share`. */
function firstReaching(medians: { value: number; probability: number }[], share: number): number {
  let sum = 0
  for (const { value, probability } of medians) {
    sum += probability
    if (sum > share) return value
  }
  return medians.at(-1)!.value
}

interface BootstrapMedian {
  /** Ranks (from 0) of the two middle draws, i ≤ j. */
  i: number
  j: number
  probability: number
}

const known = new Map<number, BootstrapMedian[]>()

/** The probability, for all i ≤ j, that the two middle values of n draws with replacement have the ranks i and j. */
function bootstrapMedians(n: number): BootstrapMedian[] {
  if (n % 2 !== 0) throw new Error(`the exact bootstrap of the median needs an even n, not ${n}`)
  const cached = known.get(n)
  if (cached !== undefined) return cached
  const medians: BootstrapMedian[] = []
  for (let i = 0; i < n; i++) {
    medians.push({ i, j: i, probability: bothMiddleDrawsAt(i, n) })
    for (let j = i + 1; j < n; j++) medians.push({ i, j, probability: middleDrawsAt(i, j, n) })
  }
  known.set(n, medians)
  return medians
}

/** Half of the draws have rank ≤ i, the highest of them i; the other half rank ≥ j, the lowest of them j. */
function middleDrawsAt(i: number, j: number, n: number): number {
  const half = n / 2
  const lower = ((i + 1) / n) ** half - (i / n) ** half
  const upper = ((n - j) / n) ** half - ((n - j - 1) / n) ** half
  return (factorial(n) / factorial(half) ** 2) * lower * upper
}

/** Fewer than half of the draws lie below rank i and fewer than half above it. */
function bothMiddleDrawsAt(i: number, n: number): number {
  const half = n / 2
  let probability = 0
  for (let below = 0; below < half; below++) {
    for (let above = 0; above < half; above++) {
      const at = n - below - above
      const arrangements = factorial(n) / (factorial(below) * factorial(above) * factorial(at))
      probability += arrangements * (i / n) ** below * ((n - 1 - i) / n) ** above * (1 / n) ** at
    }
  }
  return probability
}
