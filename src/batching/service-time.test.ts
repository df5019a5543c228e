import { expect, test } from 'vitest'
import { seededRandom } from '../system/seeded-random.js'
import { drawServiceMs, meanServiceMs } from './service-time.js'

const formula = { tauMs: 7, alphaMs: 25, jitter: 0 }

test('the formula is τ + α·b', () => {
  expect([1, 4, 8].map((frames) => meanServiceMs(formula, frames))).toEqual([32, 107, 207])
})

test('a table replaces the formula, with straight lines between and beyond its points', () => {
  const table = [
    { frames: 1, ms: 32 },
    { frames: 4, ms: 98 },
    { frames: 8, ms: 202 },
  ]
  const times = [1, 2, 4, 6, 10, 0].map((frames) => meanServiceMs({ ...formula, table }, frames))
  expect(times).toEqual([32, 54, 98, 150, 254, 10])
})

test('a table of one point says that time for every batch', () => {
  expect(meanServiceMs({ ...formula, table: [{ frames: 4, ms: 99 }] }, 1)).toBe(99)
})

test('jitter spreads around the mean with the configured deviation, never below zero', () => {
  const random = seededRandom(5)
  const draws = Array.from({ length: 20_000 }, () => drawServiceMs({ ...formula, jitter: 0.05 }, 4, random))
  const mean = draws.reduce((sum, ms) => sum + ms, 0) / draws.length
  const deviation = Math.sqrt(draws.reduce((sum, ms) => sum + (ms - mean) ** 2, 0) / draws.length)
  expect(mean / 107).toBeCloseTo(1, 2)
  expect(deviation / 107).toBeCloseTo(0.05, 2)
  const wild = Array.from({ length: 1000 }, () => drawServiceMs({ ...formula, jitter: 3 }, 4, random))
  expect(Math.min(...wild)).toBe(0)
})

function twentyDraws(seed: number): number[] {
  const random = seededRandom(seed)
  return Array.from({ length: 20 }, () => drawServiceMs({ ...formula, jitter: 0.1 }, 1, random))
}

test('the same seed draws the same times', () => {
  expect(twentyDraws(1)).toEqual(twentyDraws(1))
  expect(twentyDraws(1)).not.toEqual(twentyDraws(2))
})
