import { expect, test } from 'vitest'
import {
  formatBatchSizes,
  formatDuration,
  formatList,
  formatMs,
  formatPercent,
  formatSignificant,
  formatSpread,
} from './format.js'

test.each([
  [0.123, '0.12'],
  [57.24, '57.2'],
  [350.4, '350'],
  [undefined, ''],
])('%s ms', (ms, text) => {
  expect(formatMs(ms)).toBe(text)
})

test('a share just below all is never rounded up to 100 %', () => {
  expect([0.5, 0.9996, 0.999999, 1].map(formatPercent)).toEqual(['50.0 %', '99.96 %', '99.99 %', '100.0 %'])
})

test('a range is shown from two repetitions on, and only where its ends differ in the digits shown', () => {
  const spread = { median: 37, min: 36.1, max: 38.2, repetitions: 3 }
  expect(formatSpread(spread)).toBe('37.0 (36.1–38.2)')
  expect(formatSpread({ ...spread, min: 37.01, max: 37.02 })).toBe('37.0')
  expect(formatSpread({ ...spread, repetitions: 1 })).toBe('37.0')
})

test('whole numbers stay whole, others have four digits at most', () => {
  expect([123456, 0.123456, 1.5].map((value) => formatSignificant(value))).toEqual([
    '123456',
    '0.1235',
    '1.5',
  ])
})

test.each([
  [42.4, '42 s'],
  [299, '5 min'],
  [3600, '1 h'],
  [7800, '2 h 10 min'],
])('%d s are written as %s', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text)
})

test('a list ends with "and"', () => {
  expect([[], [1], [1, 2], [1, 2, 3]].map(formatList)).toEqual(['', '1', '1 and 2', '1, 2 and 3'])
})

test('batches by their size are written as frames:batches', () => {
  const bySize = [
    { frames: 1, batches: 1 },
    { frames: 4, batches: 2 },
  ]
  expect(formatBatchSizes({ batches: 3, framesMean: 3, bySize, fullShare: 1, delayShare: 0 })).toBe('1:1 4:2')
})
