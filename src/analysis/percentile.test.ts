import { expect, test } from 'vitest'
import { percentileOf, quantileOf } from './percentile.js'

const upTo = (n: number) => Float64Array.from({ length: n }, (_, i) => i + 1)

test('lies between the order statistics of its interval, as numpy and R give it (type 7)', () => {
  expect(percentileOf(upTo(1000), 0.99)).toEqual({ value: 990.01, low: 983, high: 997 })
})

test('is blank where n does not carry its interval', () => {
  expect(percentileOf(upTo(367), 0.99)).toBeUndefined()
  expect(percentileOf(upTo(368), 0.99)).toBeDefined()
})

test('frames of the same request count once: the interval is as wide as the requests make it', () => {
  const frames = Float64Array.from({ length: 800 }, (_, i) => Math.floor(i / 8) + 1)
  const requests = percentileOf(upTo(100), 0.5)!
  expect(percentileOf(frames, 0.5, 100)).toEqual(requests)
  expect(percentileOf(frames, 0.99, 100)).toBeUndefined()
})

test('no samples, no quantile', () => {
  expect(quantileOf(new Float64Array(), 0.5)).toBeNaN()
  expect(percentileOf(new Float64Array(), 0.5)).toBeUndefined()
})
