import { expect, test } from 'vitest'
import { capacityCriteria } from '../verdict/judge-run.js'
import type { ServiceModel } from './service-model.js'
import { simulatedCapacity } from './simulated-capacity.js'
import type { SimulatedSetting } from './simulated-setting.js'

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

const criteria = capacityCriteria({ latencyMs: 400, percentile: 99 }, { minS: 5, maxS: 60 })

test('the capacity lies below what the saturated server could serve', async () => {
  const cameras = await simulatedCapacity(setting(5), { model, criteria, seed: 1, step: 1 })
  expect(cameras).toBeGreaterThan(4)
  expect(cameras).toBeLessThanOrEqual(9)
})

test('one slow camera sends too few requests for a verdict, which is no reason to find none', async () => {
  // One camera would take 468 s to send the 459 requests that a p99 takes.
  const cameras = await simulatedCapacity(setting(1), { model, criteria, seed: 1, step: 1 })
  expect(cameras).toBeGreaterThan(20)
})
