import { expect, test } from 'vitest'
import {
  createLoadControl,
  Flag,
  phaseAt,
  threadValueAt,
  Value,
  viewLoadControl,
} from '../control/load-control.js'
import type { Driver } from './driver.js'
import { isSteady, runPhases, subWindowMs, watchWarmup, type PhaseSettings } from './run-phases.js'

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

/** A driver that has nothing in flight after a stop, and nothing pending of the window. */
const idle: Driver = {
  prepare() {},
  begin() {},
  pump() {},
  tick() {},
  hasPendingOfWindow: () => false,
  finished: () => false,
  stop() {},
  openRequests: () => 0,
  abort() {},
}

/** One thread with a warm-up of 1 s and a window of 2 s, both known before the start. */
function phasesOf(changes: Partial<PhaseSettings> = {}) {
  const view = viewLoadControl(createLoadControl(1))
  view.values[Value.windowStartUs] = 1_000_000
  view.values[Value.windowEndUs] = 3_000_000
  let drained = 0
  const settings = {
    warmupMaxMs: 1000,
    extent: { durationMs: 2000 },
    deadlineMs: 500,
    busyShare: undefined,
    held: true,
    onDrained: () => void drained++,
    ...changes,
  }
  const run = runPhases(settings, idle, view, 0)
  return { view, drained: () => drained, stepAt: (ms: number) => run.step(ms * 1000) }
}

test('a load that is held says once that it has drained, and ends when it is released', () => {
  const { view, drained, stepAt } = phasesOf()
  expect([stepAt(2980), drained()]).toEqual(['running', 0])
  expect([stepAt(3000), stepAt(3020), stepAt(9000), drained()]).toEqual(['running', 'running', 'running', 1])
  Atomics.store(view.flags, Flag.released, 1)
  expect(stepAt(9020)).toBe('over')
})

test('a load that is held and not released ends after its window, two deadlines and ten seconds', () => {
  const { stepAt } = phasesOf()
  const limitMs = 3000 + 2000 + 2 * 500 + 10_000
  expect([stepAt(limitMs), stepAt(limitMs + 1)]).toEqual(['running', 'over'])
})

test('a load that is not held ends when nothing of its window is pending', () => {
  const { stepAt, drained } = phasesOf({ held: false })
  expect([stepAt(2999), stepAt(3000), drained()]).toEqual(['running', 'over', 0])
})

test('at the end of a warm-up of known length a thread may be too busy, and the window stays where it is', () => {
  for (const share of [0.6, 0.8]) {
    const { view, stepAt } = phasesOf({ busyShare: 0.7 })
    view.values[threadValueAt('warmupCpuShare', 0)] = share
    expect(stepAt(999)).toBe('running')
    expect(stepAt(1001)).toBe(share > 0.7 ? 'over' : 'running')
    expect([...view.values.subarray(1, 3)]).toEqual([1_000_000, 3_000_000])
  }
})
