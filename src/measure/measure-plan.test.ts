import { expect, test } from 'vitest'
import { ExitCode, UserError } from '../system/user-error.js'
import type { Plan } from '../scenario/plan/plan.js'
import type { MeasurementRecord } from '../run/manifest.js'
import { measureToTheEnd, missingMeasurements } from './measure-plan.js'

function recorder(failure?: Error) {
  const ends: string[] = []
  const end = (status: string) => {
    ends.push(status)
    return failure === undefined ? Promise.resolve({}) : Promise.reject(failure)
  }
  return { ends, end }
}

const died = new UserError('the server died', { remedy: 'Start it.', exitCode: ExitCode.environment })
const notRestored = new UserError('the settings could not be restored', { remedy: 'Set batchSize 4.' })

test('work that comes to its end leaves a complete run', async () => {
  const measurer = recorder()
  expect(await measureToTheEnd(measurer, new AbortController().signal, () => Promise.resolve(7))).toBe(7)
  expect(measurer.ends).toEqual(['complete'])
})

test('an abort is no failure, wherever it struck', async () => {
  const controller = new AbortController()
  const measurer = recorder()
  const work = () => {
    controller.abort()
    return Promise.reject(new Error('aborted'))
  }
  expect(await measureToTheEnd(measurer, controller.signal, work)).toBeUndefined()
  expect(measurer.ends).toEqual(['interrupted'])
})

test('work that fails is the error, and the run says so', async () => {
  const measurer = recorder()
  const failing = measureToTheEnd(measurer, new AbortController().signal, () => Promise.reject(died))
  await expect(failing).rejects.toBe(died)
  expect(measurer.ends).toEqual(['failed'])
})

test('settings that could not be restored do not hide the cause of the failure', async () => {
  const measurer = recorder(notRestored)
  const failing = measureToTheEnd(measurer, new AbortController().signal, () => Promise.reject(died))
  await expect(failing).rejects.toMatchObject({
    message: 'the server died',
    exitCode: ExitCode.environment,
    parts: { remedy: expect.stringMatching(/Start it\.[^]*could not be restored\. Set batchSize 4\./) },
  })
})

test('settings that could not be restored after a successful run are the error', async () => {
  const done = measureToTheEnd(recorder(notRestored), new AbortController().signal, () => Promise.resolve(7))
  await expect(done).rejects.toBe(notRestored)
})

const order = [
  { point: 2, repetition: 1, phaseSeed: 7 },
  { point: 1, repetition: 1, phaseSeed: 7 },
  { point: 1, repetition: 2, phaseSeed: 9 },
]
const plan: Plan = { points: [], order, impossible: [], merged: [], seed: 1, expectedS: 0 }

function record(point: number, repetition: number, complete: boolean): MeasurementRecord {
  return {
    point,
    repetition,
    complete,
    startedAt: '',
    sampleFile: '',
    windowStartUs: 0,
    windowEndUs: 1,
    notes: [],
  }
}

test('a run that measured nothing has its whole plan left', () => {
  expect(missingMeasurements({ plan, measurements: [] })).toEqual(order)
})

test('what is measured to the end is not measured again, and the order of the rest stays', () => {
  expect(missingMeasurements({ plan, measurements: [record(1, 1, true)] })).toEqual([order[0], order[2]])
})

test('an interrupted measurement is measured again', () => {
  expect(missingMeasurements({ plan, measurements: [record(2, 1, false), record(1, 1, true)] })).toEqual([
    order[0],
    order[2],
  ])
})
