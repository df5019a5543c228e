import { expect, test } from 'vitest'
import { consecutiveRequests, referenceFrames } from './reference-requests.js'

const ascending = (frames: number[]) => frames.toSorted((one, other) => one - other)

test('reference frames are spread evenly over the clip', () => {
  expect(referenceFrames(375, 0)).toHaveLength(32)
  expect(ascending(referenceFrames(8, 0))).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  // The first ones are spread too, because a slow server is asked for fewer.
  expect(referenceFrames(320, 0).slice(0, 4)).toEqual([0, 80, 160, 240])
})

test('a batch delay leaves fewer of them, since each pays it twice, but at least four', () => {
  expect(referenceFrames(375, 50)).toHaveLength(20)
  expect(ascending(referenceFrames(100, 5000))).toEqual([0, 25, 50, 75])
})

test('requests as a closed load sends them: consecutive frames, each request different', () => {
  expect(consecutiveRequests(12, 4, 32)).toEqual([
    [0, 1, 2, 3],
    [4, 5, 6, 7],
    [8, 9, 10, 11],
  ])
  expect(consecutiveRequests(10, 4, 8)).toHaveLength(4)
  expect(consecutiveRequests(10, 4, 8)[3]).toEqual([2, 3, 4, 5])
})
