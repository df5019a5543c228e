import { expect, test } from 'vitest'
import type { LoadProgress } from '../../load/control/watch-progress.js'
import { describeWait, sumProgress, type LatestProgress } from './fleet-progress.js'

function heard(heardMs: number, more: Partial<LoadProgress> = {}): LatestProgress {
  const progress: LoadProgress = {
    elapsedMs: 1000,
    phase: 'measured',
    framesOk: 10,
    framesFailed: 1,
    requestsInFlight: 3,
    fpsNow: 30,
    ...more,
  }
  return { progress, heardMs }
}

test('the progress of a fleet is the sum over its agents, with the highest latency and the furthest phase', () => {
  const warm = heard(9000, { elapsedMs: 900, phase: 'warmup', requestLatencyP99Ms: 12 })
  expect(sumProgress([warm, heard(9500, { requestLatencyP99Ms: 9 })], 10_000)).toEqual({
    elapsedMs: 1000,
    phase: 'measured',
    framesOk: 20,
    framesFailed: 2,
    requestsInFlight: 6,
    fpsNow: 60,
    requestLatencyP99Ms: 12,
  })
  expect(sumProgress([], 10_000)).toBeUndefined()
})

test('an agent that is silent answers nothing now, but what it answered counts', () => {
  expect(sumProgress([heard(7000), heard(9500)], 10_000)).toMatchObject({
    framesOk: 20,
    requestsInFlight: 3,
    fpsNow: 30,
  })
})

test('the names of the agents that are waited for are said, before and after the load', () => {
  const parts = (['asked', 'ready', 'asked', 'ended'] as const).map((state, i) => ({
    agent: { name: `site-${i + 1}` },
    state,
  }))
  expect(describeWait(parts, 'preparing')).toBe('waiting until agents site-1, site-3 can send')
  expect(describeWait(parts.slice(2), 'released')).toBe('waiting for the samples of agent site-3')
  expect(describeWait(parts, 'running')).toBe('')
  expect(describeWait(parts.slice(3), 'stopped')).toBe('')
})
