import { array, assert, double, property } from 'fast-check'
import { expect, test } from 'vitest'
import { seededRandom } from '../../system/seeded-random.js'
import { hodgesLehmann, signedRankInterval } from './signed-rank-interval.js'

const tails = { below: 0.01, above: 0.025 }

/** Ranks 1 to n: the Walsh averages are easy to order by hand. */
const ranks = (n: number) => Array.from({ length: n }, (_, i) => i + 1)

/*
 * Critical values of the signed-rank test from published tables (Wilcoxon & Wilcox 1964, one-sided): the largest T with
 * P(W ≤ T) ≤ share. The end of the interval is the average number T + 1.
 */
test.each([
  [8, 0.01, 1],
  [8, 0.025, 3],
  [10, 0.01, 5],
  [10, 0.025, 8],
  [12, 0.01, 9],
  [12, 0.025, 13],
  [16, 0.01, 23],
  [16, 0.025, 29],
  [20, 0.01, 43],
  [20, 0.025, 52],
])('with %i pairs and %f outside, the interval ends where the tables say', (n, share, critical) => {
  const values = ranks(n).map((rank) => 2 ** rank)
  const averages = values
    .flatMap((one, i) => values.slice(i).map((other) => (one + other) / 2))
    .toSorted((a, b) => a - b)
  expect(signedRankInterval(values, { below: share, above: share })).toEqual({
    low: averages[critical],
    high: averages.at(-1 - critical),
  })
})

test('the estimate is the median of the Walsh averages', () => {
  // Averages: 1, 1.5, 2, 3, 3.5, 5: the two in the middle are 2 and 3.
  expect(hodgesLehmann([1, 2, 5])).toBe(2.5)
})

test('too few pairs for a share have no end there', () => {
  const { low, high } = signedRankInterval(ranks(8), { below: 0.0025, above: 0.025 })
  expect(low).toBe(Number.NEGATIVE_INFINITY)
  expect(high).toBeLessThan(8)
})

test('turning all signs around turns the interval around, and the order of the pairs does not matter', () => {
  assert(
    property(array(double({ min: -1, max: 1, noNaN: true }), { minLength: 8, maxLength: 20 }), (values) => {
      const { low, high } = signedRankInterval(values, tails)
      const turned = signedRankInterval(
        values.map((value) => -value),
        { below: tails.above, above: tails.below },
      )
      expect(turned.low).toBeCloseTo(-high, 12)
      expect(turned.high).toBeCloseTo(-low, 12)
      expect(signedRankInterval(values.toReversed(), tails)).toEqual({ low, high })
      expect(low).toBeLessThanOrEqual(hodgesLehmann(values))
      expect(high).toBeGreaterThanOrEqual(hodgesLehmann(values))
    }),
  )
})

test('each end misses the true shift as often as it says', () => {
  const random = seededRandom(3)
  let missedBelow = 0
  let missedAbove = 0
  const trials = 4000
  for (let trial = 0; trial < trials; trial++) {
    const { low, high } = signedRankInterval(
      ranks(12).map(() => Math.log(1 / random() - 1)),
      tails,
    )
    if (low > 0) missedBelow++
    if (high < 0) missedAbove++
  }
  // Logistic noise, which is symmetric. 0.0081 and 0.0212 for 12 pairs; three standard errors.
  expect(missedBelow / trials).toBeGreaterThan(0.004)
  expect(missedBelow / trials).toBeLessThanOrEqual(0.0125)
  expect(missedAbove / trials).toBeGreaterThan(0.014)
  expect(missedAbove / trials).toBeLessThanOrEqual(0.029)
})

test('one outlier among sixteen pairs leaves the interval with the others', () => {
  const values = ranks(16).map((rank) => (rank - 8.5) / 100)
  const withOutlier = [...values.slice(1), 50]
  expect(signedRankInterval(withOutlier, tails).high).toBeLessThan(0.2)
})
