import { expect, test } from 'vitest'
import { parseDurationMs, parseShare } from './parse-quantity.js'

test.each([
  ['7ms', 7],
  ['0.007s', 7],
  ['1.5 s', 1500],
  ['800us', 0.8],
  ['2min', 120_000],
  ['.5s', 500],
])('%s is %d ms', (text, ms) => {
  expect(parseDurationMs(text)).toBe(ms)
})

test.each(['7', 'ms', '', '-1s', '1 fps', '7 ms!', 'constructor'])('%j is no time', (text) => {
  expect(parseDurationMs(text)).toBeUndefined()
})

test('a share is a percentage or a number from 0 to 1', () => {
  expect(['5%', '0.05', '0', '100 %'].map(parseShare)).toEqual([0.05, 0.05, 0, 1])
  expect(['5', '101%', '-1%', '', 'x'].map(parseShare)).toEqual(Array(5).fill(undefined))
})
