import { expect, test } from 'vitest'
import type { CameraRun } from './camera-run.js'
import { capacityCriteria } from './capacity-criteria.js'
import { measureCameras, type WindowRequest } from './measure-cameras.js'

const criteria = capacityCriteria({ latencyMs: 100, percentile: 99 })

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
      latenciesMs: [new Float64Array(requests).fill(50).fill(150, 0, late)],
      backlogGrowthFps: 0,
      backlogGrows: false,
      generatorLagP99Ms: generatorLagP99Ms(request),
      invalid: [],
    }
  }
  return { asked, options: { measureWindow, criteria, seed: 7, requestsPerCameraS: 10 } }
}

test('a clear pass takes three short windows, each with phases of its own', async () => {
  const { asked, options } = windows(() => 0)
  const verdict = await measureCameras(10, options)
  expect(verdict).toMatchObject({ cameras: 10, decision: 'pass', measuredS: 9, requests: 900 })
  expect(asked.map(({ repetition }) => repetition)).toEqual([1, 2, 3])
  expect(new Set(asked.map(({ phaseSeed }) => phaseSeed)).size).toBe(3)
})

test('a clear failure takes one window', async () => {
  const { asked, options } = windows(() => 0.3)
  expect(await measureCameras(10, options)).toMatchObject({ decision: 'fail', binding: 'latency' })
  expect(asked).toHaveLength(1)
})

test('one draw of phases that is shown to fail fails the number, whatever the others were', async () => {
  const { asked, options } = windows(({ repetition }) => (repetition === 2 ? 0.3 : 0))
  expect(await measureCameras(10, options)).toMatchObject({ decision: 'fail', binding: 'latency' })
  expect(asked).toHaveLength(2)
})

test('few cameras get longer windows, three of which have the requests of a pass', async () => {
  const { asked, options } = windows(() => 0)
  await measureCameras(1, options)
  expect(asked[0]!.windowS).toBeGreaterThan(criteria.windowMinS)
  expect(3 * asked[0]!.windowS).toBeLessThan(60)
})

test('an open number gets further draws until it is decided', async () => {
  const { asked, options } = windows(({ repetition }) => (repetition <= 3 ? 0.007 : 0))
  const verdict = await measureCameras(10, options)
  expect(verdict.decision).toBe('pass')
  expect(asked.length).toBeGreaterThan(3)
  expect(new Set(asked.map(({ phaseSeed }) => phaseSeed)).size).toBe(asked.length)
})

test('what stays at its limit is undecided when its time is up, and that is no pass', async () => {
  const { options } = windows(() => 0.01)
  const verdict = await measureCameras(10, options)
  expect(verdict.decision).toBe('undecided')
  expect(verdict.measuredS).toBeLessThanOrEqual(criteria.patience * 9 + criteria.windowMaxS)
})

test('an expected failure begins with the shortest window, and is not measured for long', async () => {
  const { asked, options } = windows(() => 0.01)
  const verdict = await measureCameras(1, { ...options, failureExpected: true })
  expect(asked[0]!.windowS).toBe(criteria.windowMinS)
  expect(verdict.measuredS).toBeLessThan((await measureCameras(1, options)).measuredS)
})

test('if its time is up, a number stays open after the current window', async () => {
  const { asked, options } = windows(() => 0)
  expect(await measureCameras(10, { ...options, isTimeUp: () => true })).toMatchObject({
    decision: 'undecided',
  })
  expect(asked).toHaveLength(1)
})

test('a window whose generator was late is measured again, and the server is not blamed', async () => {
  const { asked, options } = windows(
    () => 0,
    ({ repetition, attempt }) => (repetition === 2 && attempt === 1 ? 20 : 0),
  )
  expect(await measureCameras(10, options)).toMatchObject({ decision: 'pass', measuredS: 12, requests: 900 })
  expect(asked.map(({ repetition, attempt }) => [repetition, attempt])).toEqual([
    [1, 1],
    [2, 1],
    [2, 2],
    [3, 1],
  ])
})

test('a generator that is late every time ends the number, and is named', async () => {
  const { asked, options } = windows(
    () => 0,
    () => 20,
  )
  expect(await measureCameras(10, options)).toMatchObject({ decision: 'fail', binding: 'generator' })
  expect(asked).toHaveLength(3)
})
