import { array, assert, double, property } from 'fast-check'
import { median, quantile, sampleWithReplacement } from 'simple-statistics'
import { expect, test } from 'vitest'
import { seededRandom } from '../../system/seeded-random.js'
import { medianInterval } from './median-interval.js'

const tails = { below: 0.01, above: 0.01 }

test('the exact interval is the one that many resamples approach', () => {
  const values = [0.5, -0.8, 1.9, 2.2, -0.1, 3.1, 0.9, 1.2]
  const random = seededRandom(5)
  const medians = Array.from({ length: 100_000 }, () => median(sampleWithReplacement(values, 8, random)))
  const exact = medianInterval(values, tails)
  expect(exact.low).toBeCloseTo(quantile(medians, 0.01), 9)
  expect(exact.high).toBeCloseTo(quantile(medians, 0.99), 9)
})

test('a smaller tail moves its own end outwards, and never beyond the smallest and the largest value', () => {
  assert(
    property(array(double({ min: -1, max: 1, noNaN: true }), { minLength: 8, maxLength: 8 }), (values) => {
      const wide = medianInterval(values, { below: 0.0025, above: 0.01 })
      const narrow = medianInterval(values, tails)
      expect(wide.low).toBeLessThanOrEqual(narrow.low)
      expect(wide.high).toBe(narrow.high)
      expect(wide.low).toBeGreaterThanOrEqual(Math.min(...values))
      expect(narrow.high).toBeLessThanOrEqual(Math.max(...values))
    }),
  )
})

test('turning all signs around turns the interval around', () => {
  const values = [0.5, -0.8, 1.9, 2.2, -0.1, 3.1, 0.9, 1.2, 0.3, -0.4, 0.8, 1.1]
  const { low, high } = medianInterval(values, tails)
  const turned = medianInterval(
    values.map((value) => -value),
    tails,
  )
  expect(turned.low).toBeCloseTo(-high, 12)
  expect(turned.high).toBeCloseTo(-low, 12)
})

test('the order of the pairs does not matter', () => {
  const values = [3, 1, 2, 8, 7, 6, 5, 4]
  expect(medianInterval(values, tails)).toEqual(medianInterval(values.toReversed(), tails))
})
