import { expect, test } from 'vitest'
import { smallSetting, steadyModel } from '../simulator/simulated-setting.test.support.js'
import { simulatedCapacity } from './simulated-capacity.js'

/** t(b) = 10 + 20·b ms, so that batches of 4 leave room for 44 frames a second. */
const model = steadyModel(10, 20)
const delay = { maxBatchDelayMs: 50 }

async function capacity(changes: Parameters<typeof smallSetting>[0], serviceTimes = model) {
  const setting = smallSetting({ server: delay, ...changes })
  return simulatedCapacity(setting, { model: serviceTimes, percentile: 99, seed: 1, step: 1 })
}

test('the capacity lies below what the saturated server could serve', async () => {
  const { planning: cameras } = await capacity({ fps: 5 })
  expect(cameras).toBeGreaterThan(4)
  expect(cameras).toBeLessThanOrEqual(9)
})

test('one slow camera sends too few requests for a verdict, which is no reason to find none', async () => {
  // One camera would take 468 s to send the 459 requests that a p99 takes.
  const { planning: cameras } = await capacity({ fps: 1 })
  expect(cameras).toBeGreaterThan(20)
})

test('a p99 that comes back within the SLO is a second region, and no capacity to plan with', async () => {
  // Measured live: 10 cameras pass, 11 to 31 fail, 35 to 40 pass (bench/capacity/RESULTS.md).
  const server = { ...delay, serverBatchSize: 16 }
  const found = await capacity({ fps: 10, server, sloMs: 100 }, steadyModel(8, 2))
  expect(found.planning).toBeGreaterThanOrEqual(9)
  expect(found.planning).toBeLessThanOrEqual(11)
  expect(found.passing).toHaveLength(2)
  const [from, to] = found.passing[1]!
  expect(from).toBeGreaterThan(30)
  expect(to).toBeLessThanOrEqual(39)
})

test('an embedded server at 160 fps carries 15 cameras at 10 fps', async () => {
  const server = { maxBatchDelayMs: 10 }
  expect(await capacity({ fps: 10, server, sloMs: 150 }, steadyModel(5, 5))).toEqual({
    planning: 15,
    passing: [[1, 15]],
  })
})

test('an SLO below the service time carries no camera', async () => {
  expect(await capacity({ fps: 5, sloMs: 20 })).toEqual({ planning: 0, passing: [] })
})
