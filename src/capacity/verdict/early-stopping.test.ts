import { expect, test } from 'vitest'
import { decideEarly, requestsToPass } from './early-stopping.js'

const p99 = { percentile: 99, confidence: 0.99 }

// The tables of MLPerf's inference policies (early stopping, 99 % confidence).
test.each([
  [0, 459],
  [1, 662],
  [5, 1307],
  [10, 2010],
])('with %i requests over the limit, p99 passes from %i requests on', (over, requests) => {
  expect(requestsToPass(over, p99)).toBe(requests)
  expect(decideEarly(requests, over, p99)).toBe('pass')
  expect(decideEarly(requests - 1, over, p99)).toBe('undecided')
})

// P(X ≤ over) of 1 % of the requests, in exact rational arithmetic: 0.009920974…, 0.009913985…, 0.009985964…
test.each([
  [0, 459, 0.990_079_025_7],
  [1, 662, 0.990_086_014_4],
  [5, 1307, 0.990_014_035_2],
])('%i of %i requests over the limit pass up to a confidence of %d', (over, requests, confidence) => {
  expect(decideEarly(requests, over, { percentile: 99, confidence: confidence - 1e-9 })).toBe('pass')
  expect(decideEarly(requests, over, { percentile: 99, confidence: confidence + 1e-9 })).toBe('undecided')
})

test.each([
  [95, 0, 90],
  [95, 1, 130],
  [99.9, 0, 4603],
  [99.9, 1, 6636],
])('p%f with %i over the limit passes from %i requests on', (percentile, over, requests) => {
  expect(requestsToPass(over, { percentile, confidence: 0.99 })).toBe(requests)
})

test('a point far over its limit fails after a few requests', () => {
  expect(decideEarly(3, 2, p99)).toBe('fail')
  expect(decideEarly(20, 20, p99)).toBe('fail')
})

test('a single request over the limit, or none at all, decides nothing', () => {
  expect(decideEarly(0, 0, p99)).toBe('undecided')
  expect(decideEarly(100, 1, p99)).toBe('undecided')
})

test('exactly the share that the percentile allows is never decided, however long it is measured', () => {
  for (const requests of [1000, 10_000, 1_000_000])
    expect(decideEarly(requests, requests / 100, p99)).toBe('undecided')
})

test('a million requests are judged as a hundred are', () => {
  expect(decideEarly(1_000_000, 9_000, p99)).toBe('pass')
  expect(decideEarly(1_000_000, 11_000, p99)).toBe('fail')
})
