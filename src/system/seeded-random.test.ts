import { expect, test } from 'vitest'
import { exponential, mixSeeds, seededRandom, shuffled } from './seeded-random.js'

const draws = (seed: number, count: number) => {
  const random = seededRandom(seed)
  return Array.from({ length: count }, random)
}

test('the same seed gives the same draws, and another seed gives others', () => {
  expect(draws(7, 50)).toEqual(draws(7, 50))
  expect(draws(7, 50)).not.toEqual(draws(8, 50))
})

test('draws fill [0, 1) evenly, for small neighbouring seeds too', () => {
  const firsts = Array.from({ length: 2000 }, (_, seed) => draws(seed, 1)[0]!)
  const mean = firsts.reduce((sum, x) => sum + x, 0) / firsts.length
  expect(mean).toBeGreaterThan(0.47)
  expect(mean).toBeLessThan(0.53)
  expect(Math.min(...firsts)).toBeGreaterThanOrEqual(0)
  expect(Math.max(...firsts)).toBeLessThan(1)
})

test('exponential gaps have mean 1', () => {
  const random = seededRandom(3)
  let sum = 0
  for (let i = 0; i < 20_000; i++) sum += exponential(random)
  expect(sum / 20_000).toBeGreaterThan(0.97)
  expect(sum / 20_000).toBeLessThan(1.03)
})

test('shuffling keeps every item and leaves its input alone', () => {
  const items = [1, 2, 3, 4, 5, 6, 7, 8]
  const mixed = shuffled(items, seededRandom(1))
  expect(mixed.toSorted((a, b) => a - b)).toEqual(items)
  expect(mixed).not.toEqual(items)
  expect(items).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
})

test('each part of a mixed seed matters, its order too', () => {
  const seeds = [mixSeeds(1, 2), mixSeeds(2, 1), mixSeeds(1), mixSeeds(1, 2, 0), mixSeeds(1, 2 + 2 ** 33)]
  expect(new Set(seeds).size).toBe(seeds.length)
})
