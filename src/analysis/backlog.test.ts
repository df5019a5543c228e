import { expect, test } from 'vitest'
import { measureBacklog } from './backlog.js'
import { foldOver } from './fold.js'
import { cameraLoad, dropFrames, pointOf, simulateMeasurement } from './simulated-run.test.support.js'

function backlog(cameras: number, batchSize: number, drop?: (index: number) => boolean) {
  const point = pointOf(1, 'server', batchSize, cameraLoad(cameras))
  const { samples, record } = simulateMeasurement(point)
  if (drop !== undefined) dropFrames(samples, drop)
  const window = { startUs: record.windowStartUs, endUs: record.windowEndUs, batchSize }
  return foldOver(samples, measureBacklog(window))!
}

test('a server that keeps up has no growing backlog, not even near its limit', () => {
  expect(backlog(2, 1).growing).toBe(false)
  expect(backlog(6, 1).growing).toBe(false)
  expect(backlog(7, 4).growing).toBe(false)
})

test('a server that is offered 40 FPS and does 32 falls behind by 8 frames a second', () => {
  const { growing, growthPerS } = backlog(8, 1)
  expect(growing).toBe(true)
  expect(growthPerS).toBeGreaterThan(6)
  expect(growthPerS).toBeLessThan(10)
})

test('a queue that drops what it cannot hold is a backlog that grows, although nothing waits', () => {
  expect(backlog(4, 1, (i) => i % 5 === 0).growing).toBe(true)
})

test('a few lost frames are no overload', () => {
  expect(backlog(4, 1, (i) => i % 200 === 0).growing).toBe(false)
})

test('a closed load has none', () => {
  const { samples } = simulateMeasurement(pointOf(1, 'server', 1, { kind: 'closed', framesInFlight: 2 }))
  const window = { startUs: 0, endUs: 1e6, batchSize: 1 }
  expect(foldOver(samples, measureBacklog(window))).toBeUndefined()
})
