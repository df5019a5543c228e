import { expect, test } from 'vitest'
import { referenceFrames } from './reference-answers.js'

test('reference frames are spread evenly over the clip', () => {
  expect(referenceFrames(375, 50)).toHaveLength(32)
  expect(referenceFrames(8, 0)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
})

test('a long batch delay leaves fewer of them, since each pays it', () => {
  expect(referenceFrames(100, 5000)).toEqual([0, 25, 50, 75])
})
