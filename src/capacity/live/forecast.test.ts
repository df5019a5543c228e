import { expect, test } from 'vitest'
import { cameraLoad, pointOf } from '../../analysis/simulated-run.test.support.js'
import type { Calibrated } from './calibrate.js'
import { createForecast } from './forecast.js'

/** An embedded server: t(b) = 5 + 5·b ms, batches of 4, so 160 frames per second at most. */
function calibrated(tauMs: number): Calibrated {
  const model = {
    times: { tauMs, alphaMs: 5, jitter: 0 },
    noise: { ratios: Float64Array.of(1, 1), blockLength: 1 },
    uncertainty: 0.02,
    batches: 2,
  }
  return {
    ceilingFps: { value: 160, low: 158, high: 162 },
    fitted: { model, overhead: { sendMs: 0.5, answerMs: 0.5 }, workers: 1, longestWindowS: 10 },
  }
}

test('a prediction is kept until something else is measured', async () => {
  const point = pointOf(1, 'server', 4, cameraLoad(1, 10))
  let simulations = 0
  let measured = calibrated(5)
  const { predict } = createForecast(
    {
      point,
      load: cameraLoad(1, 10),
      slo: { latencyMs: 200, percentile: 99 },
      workers: 1,
      step: 1,
      label: 'server batching 4',
    },
    { calibrated: () => measured, seed: 1, maxSteps: 18, onNumber: () => simulations++ },
  )
  const first = await predict()
  expect([first.indexOf(false), first.length]).toEqual([15, 18])
  // A search overwrites a prediction with what it knows better.
  first[3] = false
  expect((await predict()).indexOf(false)).toBe(15)
  expect(simulations).toBe(1)
  measured = calibrated(25)
  expect((await predict()).indexOf(false)).toBeLessThan(15)
  expect(simulations).toBe(2)
})
