import { expect, test } from 'vitest'
import { phaseSeed } from '../../scenario/plan/plan.js'
import type { CameraRun } from './camera-run.js'
import { capacityCriteria } from './judge-run.js'
import { measureCameras, type WindowRequest } from './measure-cameras.js'

const criteria = capacityCriteria({ latencyMs: 100, percentile: 99 }, { minS: 10, maxS: 60 })

/** Ten cameras at 10 fps of which this share is late in each window. */
function windows(
  lateShare: (request: WindowRequest) => number,
  generatorLagP99Ms: (request: WindowRequest) => number = () => 0,
) {
  const asked: WindowRequest[] = []
  const measureWindow = async (request: WindowRequest): Promise<CameraRun> => {
    asked.push(request)
    const requests = Math.round(100 * request.windowS)
    const late = Math.round(requests * lateShare(request))
    const camera = {
      framesScheduled: requests / 10,
      framesOk: requests / 10,
      requests: requests / 10,
      requestsOver: late / 10,
    }
    return {
      windowS: request.windowS,
      framesScheduled: requests,
      framesLost: 0,
      cameras: Array.from({ length: request.cameras }, () => ({ ...camera })),
      latenciesMs: new Float64Array(requests).fill(50).fill(150, 0, late),
      backlogGrowthFps: 0,
      backlogGrows: false,
      generatorLagP99Ms: generatorLagP99Ms(request),
      invalid: [],
    }
  }
  return { asked, options: { measureWindow, criteria, seed: 7, requestsPerCameraS: 10 } }
}

test('a clear pass takes one shortest window in each of three repetitions, with phases of their own', async () => {
  const { asked, options } = windows(() => 0)
  const verdict = await measureCameras(10, options)
  expect(verdict).toMatchObject({ cameras: 10, decision: 'pass', measuredS: 30 })
  expect(asked.map(({ repetition, window }) => [repetition, window])).toEqual([
    [1, 1],
    [2, 1],
    [3, 1],
  ])
  expect(new Set(asked.map(({ phaseSeed }) => phaseSeed)).size).toBe(3)
})

test('the first repetition that fails ends it', async () => {
  const { asked, options } = windows(({ repetition }) => (repetition === 2 ? 0.5 : 0))
  expect(await measureCameras(10, options)).toMatchObject({ decision: 'fail', binding: 'latency' })
  expect(asked).toHaveLength(2)
})

test('few cameras are measured until their requests can decide, not for the shortest window', async () => {
  const { asked, options } = windows(() => 0)
  await measureCameras(1, { ...options, requestsPerCameraS: 20 })
  expect(asked[0]!.windowS).toBeCloseTo((1.02 * 459) / 20, 6)
})

test('an undecided repetition goes on with the same phases until it is decided', async () => {
  const { asked, options } = windows(({ window }) => (window === 1 ? 0.004 : 0))
  const verdict = await measureCameras(10, options)
  expect(verdict.decision).toBe('pass')
  expect(asked.slice(0, 2)).toMatchObject([
    { repetition: 1, window: 1 },
    { repetition: 1, window: 2, phaseSeed: phaseSeed(7, 10, 1) },
  ])
  expect(verdict.repetitions[0]).toMatchObject({ requestsOver: 4, decision: 'pass' })
})

test('what stays exactly at its limit is undecided when its time is up, and that is no pass', async () => {
  const { options } = windows(() => 0.01)
  const verdict = await measureCameras(10, options)
  expect(verdict.decision).toBe('undecided')
  expect(verdict.measuredS).toBeLessThanOrEqual(60)
})

test('a repetition whose generator was late is measured again, and the server is not blamed', async () => {
  const { asked, options } = windows(
    () => 0,
    ({ repetition, attempt }) => (repetition === 2 && attempt === 1 ? 20 : 0),
  )
  expect(await measureCameras(10, options)).toMatchObject({ decision: 'pass', measuredS: 40 })
  expect(asked.map(({ repetition, attempt }) => [repetition, attempt])).toEqual([
    [1, 1],
    [2, 1],
    [2, 2],
    [3, 1],
  ])
})

test('a generator that is late every time ends the point, and is named', async () => {
  const { asked, options } = windows(
    () => 0,
    () => 20,
  )
  expect(await measureCameras(10, options)).toMatchObject({ decision: 'fail', binding: 'generator' })
  expect(asked).toHaveLength(3)
})
