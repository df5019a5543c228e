import { expect, test } from 'vitest'
import { predictLatency } from './predict-latency.js'
import { smallSetting, steadyModel } from './simulated-setting.test.support.js'

function predict(cameras: number, drift: number) {
  const model = { ...steadyModel(10, 20), drift: { scale: drift, degreesOfFreedom: 5 } }
  return predictLatency(smallSetting(), { model, cameras, percentile: 99, windowS: 20, seed: 1 })
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
    predictLatency(smallSetting(), {
      model: {
        ...steadyModel(10, 20),
        noise: { ratios: Float64Array.from([...quiet, ...disturbed]), blockLength: 10, starts },
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
