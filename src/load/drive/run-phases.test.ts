import { expect, test } from 'vitest'
import { phaseAt } from '../control/load-control.js'
import { isSteady, subWindowMs, watchWarmup } from './run-phases.js'

test('steady are three sub-windows within 10 % of each other, or within two requests', () => {
  expect(isSteady([100, 105, 109])).toBe(true)
  expect(isSteady([100, 105, 115])).toBe(false)
  expect(isSteady([10, 500, 100, 105, 109])).toBe(true)
  expect(isSteady([4, 6, 5])).toBe(true)
  expect(isSteady([4, 7, 5])).toBe(false)
  expect(isSteady([100, 100])).toBe(false)
})

test('a server that answers nothing is never steady', () => {
  expect(isSteady([0, 0, 0])).toBe(false)
  expect(isSteady([1, 0, 1])).toBe(false)
})

test('three sub-windows fit into any warm-up', () => {
  expect(subWindowMs(10_000)).toBe(1000)
  expect(subWindowMs(300)).toBe(100)
})

test('warm-up ends with the third steady sub-window, however late it is looked at', () => {
  const watch = watchWarmup(60_000)
  expect(watch.observe(500_000, 2)).toBe(false)
  expect(watch.observe(1_000_000, 10)).toBe(false)
  expect(watch.observe(2_000_000, 110)).toBe(false)
  // Half a second late: 150 requests in 1.5 s are 100 in a second.
  expect(watch.observe(3_500_000, 260)).toBe(false)
  expect(watch.observe(4_500_000, 361)).toBe(true)
})

test('warm-up ends at its bound at the latest', () => {
  const watch = watchWarmup(2000)
  expect(watch.observe(1_999_000, 0)).toBe(false)
  expect(watch.observe(2_000_000, 0)).toBe(true)
})

test('the window contains its start and not its end', () => {
  expect([0, 10, 19, 20].map((us) => phaseAt(us, 10, 20))).toEqual([0, 1, 1, 2])
  expect(phaseAt(1e12, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY)).toBe(0)
})
