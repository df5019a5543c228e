import { expect, test } from 'vitest'
import { predictLatency } from './predict-latency.js'
import type { ServiceModel } from './service-model.js'
import type { SimulatedSetting } from './simulated-setting.js'

const setting: SimulatedSetting = {
  load: {
    kind: 'cameras',
    fps: 5,
    phases: 'random',
    maxInFlightPerCamera: 4,
    queue: { policy: 'queue', depth: 100 },
    camerasPerClient: 1,
  },
  framesPerRequest: 1,
  server: { serverBatchSize: 4, maxBatchDelayMs: 20, workers: 1, queueCapacity: 100 },
  overhead: { sendMs: 1, answerMs: 1 },
  deadlineMs: 5000,
  warmupMs: 1000,
  sloMs: 400,
}

function predict(cameras: number, drift: number) {
  const model: ServiceModel = {
    times: { tauMs: 10, alphaMs: 20, jitter: 0 },
    noise: { ratios: Float64Array.of(1, 1), blockLength: 1 },
    uncertainty: 0.02,
    drift: { scale: drift, degreesOfFreedom: 5 },
    batches: 2,
  }
  return predictLatency(setting, { model, cameras, percentile: 99, windowS: 20, seed: 1 })
}

test('one camera always waits for the delay, and a steady server leaves nothing open', () => {
  const { value, low, high } = predict(1, 0)
  expect(value).toBeCloseTo(20 + 30 + 2, 3)
  expect([low, high]).toEqual([value, value])
})

test('new phases give p99 a range, and a machine that drifts a wider one', () => {
  const steady = predict(7, 0)
  const drifting = predict(7, 0.05)
  expect(steady.high).toBeGreaterThan(steady.low)
  expect(drifting.high - drifting.low).toBeGreaterThan(steady.high - steady.low)
  expect(drifting.low).toBeLessThan(drifting.value)
})

test('a machine that is disturbed in some measurements only gives the range of both kinds', () => {
  const quiet = Array.from({ length: 100 }, () => 1)
  const disturbed = quiet.map((ratio, i) => (i % 20 === 0 ? 4 : ratio))
  const range = (starts: number[]) =>
    predictLatency(setting, {
      model: {
        times: { tauMs: 10, alphaMs: 20, jitter: 0 },
        noise: { ratios: Float64Array.from([...quiet, ...disturbed]), blockLength: 10, starts },
        uncertainty: 0.02,
        batches: 200,
      },
      cameras: 3,
      percentile: 95,
      windowS: 20,
      seed: 1,
    })
  const [asTwo, asOne] = [range([0, 100]), range([0])]
  expect(asTwo.low).toBeLessThan(asOne.low)
  expect(asTwo.high).toBeGreaterThan(asOne.high)
})
