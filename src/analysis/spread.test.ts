import { expect, test } from 'vitest'
import { computeSpread } from './spread.js'

test('three repetitions give a median and a range, and no interval', () => {
  expect(computeSpread([38, 36, 37])).toEqual({ median: 37, min: 36, max: 38, repetitions: 3 })
})

test('from eight repetitions on there is a 95 % interval of the median', () => {
  expect(computeSpread([1, 2, 3, 4, 5, 6, 7])?.interval).toBeUndefined()
  expect(computeSpread([8, 1, 2, 3, 4, 5, 6, 7])?.interval).toEqual({ low: 1, high: 8 })
})

test('repetitions without the figure are left out, and without any there is none', () => {
  expect(computeSpread([undefined, 5])).toMatchObject({ median: 5, repetitions: 1 })
  expect(computeSpread([undefined])).toBeUndefined()
})
