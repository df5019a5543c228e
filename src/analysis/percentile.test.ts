import { binomialDistribution } from 'simple-statistics'
import { assert, constantFrom, integer, property } from 'fast-check'
import { expect, test } from 'vitest'
import { binomialRanks, computePercentile, computeQuantile, samplesNeeded } from './percentile.js'

const upTo = (n: number) => Float64Array.from({ length: n }, (_, i) => i + 1)

test('lies between the order statistics of its interval, as numpy and R give it (type 7)', () => {
  expect(computePercentile(upTo(1000), 0.99)).toEqual({ value: 990.01, low: 983, high: 997 })
})

test('is blank where n does not carry its interval', () => {
  expect(computePercentile(upTo(367), 0.99)).toBeUndefined()
  expect(computePercentile(upTo(368), 0.99)).toBeDefined()
})

test('frames of the same request count once: the interval is as wide as the requests make it', () => {
  const frames = Float64Array.from({ length: 800 }, (_, i) => Math.floor(i / 8) + 1)
  const requests = computePercentile(upTo(100), 0.5)!
  expect(computePercentile(frames, 0.5, 100)).toEqual(requests)
  expect(computePercentile(frames, 0.99, 100)).toBeUndefined()
})

test('no samples, no quantile', () => {
  expect(computeQuantile(new Float64Array(), 0.5)).toBeNaN()
  expect(computePercentile(new Float64Array(), 0.5)).toBeUndefined()
})

test('gives the tabled ranks of a median: 2 to 9 of 10 samples (Conover, table A3: 97.9 %)', () => {
  expect(binomialRanks(10, 0.5)).toEqual({ low: 2, high: 9 })
})

test('a median takes 6 samples, a p95 72, a p99 368', () => {
  expect([5, 6].map((n) => binomialRanks(n, 0.5) !== undefined)).toEqual([false, true])
  expect([71, 72].map((n) => binomialRanks(n, 0.95) !== undefined)).toEqual([false, true])
  expect([367, 368].map((n) => binomialRanks(n, 0.99) !== undefined)).toEqual([false, true])
})

test('covers at least 95 % by the exact binomial distribution, and one rank less on a side does not', () => {
  assert(
    property(integer({ min: 1, max: 160 }), constantFrom(0.5, 0.9, 0.95), (n, p) => {
      const ranks = binomialRanks(n, p)
      const mass = binomialDistribution(n, p)!
      const below = (k: number) => mass.slice(0, k).reduce((sum, share) => sum + share, 0)
      if (ranks === undefined) return below(n) < 0.975 || below(1) > 0.025
      expect(below(ranks.high) - below(ranks.low)).toBeGreaterThanOrEqual(0.95 - 1e-9)
      expect(below(ranks.low)).toBeLessThanOrEqual(0.025 + 1e-9)
      expect(below(ranks.low + 1)).toBeGreaterThan(0.025 - 1e-9)
      expect(below(ranks.high - 1)).toBeLessThan(0.975 + 1e-9)
      return true
    }),
  )
})

test('a million samples are no trouble, and their interval is that of the normal approximation', () => {
  const ranks = binomialRanks(1_000_000, 0.99)!
  const half = 1.96 * Math.sqrt(1_000_000 * 0.99 * 0.01)
  expect(Math.abs(ranks.low - (990_000 - half))).toBeLessThan(3)
  expect(Math.abs(ranks.high - (990_000 + half))).toBeLessThan(3)
})

test.each([0.05, 0.5, 0.9, 0.95, 0.99, 0.999])(
  'the interval of a p%d-quantile exists from the number of samples needed, and not before',
  (p) => {
    const needed = samplesNeeded(p)
    expect(binomialRanks(needed, p)).toBeDefined()
    expect(binomialRanks(needed - 1, p)).toBeUndefined()
  },
)
