import { expect, test } from 'vitest'
import type { ServiceModel } from '../simulator/service-model.js'
import { simulatedCapacity } from './simulated-capacity.js'
import type { SimulatedSetting } from '../simulator/simulated-setting.js'

/** t(b) = 10 + 20·b ms, so that batches of 4 leave room for 44 frames a second. */
const model: ServiceModel = {
  times: { tauMs: 10, alphaMs: 20, jitter: 0 },
  noise: { ratios: Float64Array.of(1, 1), blockLength: 1 },
  uncertainty: 0.02,
  batches: 2,
}

function setting(fps: number): SimulatedSetting {
  return {
    load: {
      kind: 'cameras',
      fps,
      phases: 'random',
      maxInFlightPerCamera: 8,
      queue: { policy: 'queue', depth: 8 },
      camerasPerClient: 1,
    },
    framesPerRequest: 1,
    server: { serverBatchSize: 4, maxBatchDelayMs: 50, workers: 1, queueCapacity: 100 },
    overhead: { sendMs: 1, answerMs: 1 },
    deadlineMs: 5000,
    warmupMs: 1000,
    sloMs: 400,
  }
}

async function capacity(some: SimulatedSetting, serviceTimes = model) {
  return simulatedCapacity(some, { model: serviceTimes, percentile: 99, seed: 1, step: 1 })
}

test('the capacity lies below what the saturated server could serve', async () => {
  const { planning: cameras } = await capacity(setting(5))
  expect(cameras).toBeGreaterThan(4)
  expect(cameras).toBeLessThanOrEqual(9)
})

test('one slow camera sends too few requests for a verdict, which is no reason to find none', async () => {
  // One camera would take 468 s to send the 459 requests that a p99 takes.
  const { planning: cameras } = await capacity(setting(1))
  expect(cameras).toBeGreaterThan(20)
})

test('a p99 that comes back within the SLO is a second region, and no capacity to plan with', async () => {
  // Measured live: 10 cameras pass, 11 to 31 fail, 35 to 40 pass (bench/capacity/RESULTS.md).
  const server = { serverBatchSize: 16, maxBatchDelayMs: 50, workers: 1, queueCapacity: 100 }
  const times = { ...model, times: { tauMs: 8, alphaMs: 2, jitter: 0 } }
  const found = await capacity({ ...setting(10), server, sloMs: 100 }, times)
  expect(found.planning).toBeGreaterThanOrEqual(9)
  expect(found.planning).toBeLessThanOrEqual(11)
  expect(found.passing).toHaveLength(2)
  const [from, to] = found.passing[1]!
  expect(from).toBeGreaterThan(30)
  expect(to).toBeLessThanOrEqual(39)
})

test('an embedded server at 160 fps carries 15 cameras at 10 fps', async () => {
  const server = { serverBatchSize: 4, maxBatchDelayMs: 10, workers: 1, queueCapacity: 100 }
  const times = { ...model, times: { tauMs: 5, alphaMs: 5, jitter: 0 } }
  expect(await capacity({ ...setting(10), server, sloMs: 150 }, times)).toEqual({
    planning: 15,
    passing: [[1, 15]],
  })
})

test('an SLO below the service time carries no camera', async () => {
  expect(await capacity({ ...setting(5), sloMs: 20 })).toEqual({ planning: 0, passing: [] })
})
