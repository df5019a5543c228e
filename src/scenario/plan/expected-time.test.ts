import { expect, test } from 'vitest'
import { mergePoints } from '../schema/merge-points.js'
import { scenarioSchema, type RawScenario } from '../schema/scenario-schema.js'
import { planScenario } from './plan-scenario.js'

function expectedS(changes: Partial<Record<keyof RawScenario, unknown>>): number {
  const scenario = scenarioSchema.parse({
    video: { source: '/clip.mp4', frames: 300 },
    server: 'http://127.0.0.1:8080',
    batching: { mode: 'server', batchSize: 4 },
    load: { kind: 'closed', framesInFlight: 8 },
    measure: { durationS: 20, warmupMaxS: 0, repetitions: 2 },
    ...changes,
  })
  return planScenario({ entries: mergePoints(scenario), seed: 1, file: 'x.yaml' }).expectedS
}

test('the windows of all repetitions are counted', () => {
  const measure = { durationS: 20, warmupMaxS: 0, repetitions: 2 }
  expect(expectedS({ measure: { ...measure, durationS: 30 } }) - expectedS({ measure })).toBe(2 * 10)
})

test('starting a server and changing batch settings take time', () => {
  expect(expectedS({ server: 'torchserve' })).toBeGreaterThan(expectedS({}))
  const sweep = { mode: 'server', batchSize: [2, 4, 8] }
  expect(expectedS({ server: 'torchserve', batching: sweep })).toBeGreaterThan(
    expectedS({ server: 'embedded', batching: sweep }),
  )
})

test('a short warm-up is used in full, and a long one to about half', () => {
  expect(warmedUp(2) - warmedUp(0)).toBe(2 * 2)
  expect(warmedUp(13) - warmedUp(3)).toBe(2 * 5)
})

test('passes take the time of their frames: at the rate of the cameras, or else at an assumed rate', () => {
  const twoPasses = expectedS({ measure: { passes: 2 } })
  expect(twoPasses - expectedS({ measure: { passes: 1 } })).toBe(10)
  expect(expectedS({ measure: { passes: 1 }, load: { kind: 'cameras', cameras: 3, fps: 5 } })).toBe(twoPasses)
})

function warmedUp(warmupMaxS: number): number {
  return expectedS({ measure: { warmupMaxS, durationS: 20, repetitions: 2 } })
}
