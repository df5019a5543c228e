import { expect, test } from 'vitest'
import { timeLeftMs } from './time-left.js'

test('before anything finished, the time left is what the plan expects', () => {
  expect(timeLeftMs({ finishedMs: [], remaining: 10, currentMs: 0, expectedMs: 5000 })).toBe(50_000)
})

test('what was seen soon outweighs the plan', () => {
  const left = timeLeftMs({
    finishedMs: Array<number>(10).fill(10_000),
    remaining: 10,
    currentMs: 0,
    expectedMs: 5000,
  })
  expect(left).toBe(95_000)
})

test('the first measurement, which also waited for the server, does not count', () => {
  const input = { remaining: 1, currentMs: 0, expectedMs: 1000 }
  expect(timeLeftMs({ ...input, finishedMs: [60_000] })).toBe(1000)
  expect(timeLeftMs({ ...input, finishedMs: [60_000, 1000] })).toBe(1000)
})

test('the running measurement takes its own time off, but never more than its share', () => {
  const input = { finishedMs: [1000, 1000], remaining: 2, expectedMs: 1000 }
  expect(timeLeftMs({ ...input, currentMs: 400 })).toBe(1600)
  expect(timeLeftMs({ ...input, currentMs: 60_000 })).toBe(1000)
})

test('nothing remaining leaves no time', () => {
  expect(timeLeftMs({ finishedMs: [1000], remaining: 0, currentMs: 0, expectedMs: 1000 })).toBe(0)
})
