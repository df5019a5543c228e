import { expect, test } from 'vitest'
import { autoThreads } from '../load/control/auto-threads.js'
import { joinBatches } from '../run/join-batches.js'
import type { MeasurementRecord } from '../run/manifest.js'
import type { EmbeddedSettings, LoadSettings } from '../scenario/plan/plan.js'
import { chooseThreads } from './run-measurer.js'
import { measureEmbedded } from './testing/measure-embedded.test.support.js'
import { pointOn } from './testing/one-point.test.support.js'

const settings: EmbeddedSettings = { kind: 'embedded', tauMs: 1, alphaMs: 0, jitter: 0, workers: 1 }
const closed = { kind: 'closed', framesInFlight: 8 } as const
const measure = { warmupMaxS: 0.3, durationS: 0.3, repetitions: 1, deadlineMs: 20_000 }

test('the record of a measurement holds the load threads that it used', async () => {
  const { record } = await measureEmbedded(pointOn(settings, {}, { load: closed, measure }), { threads: 3 })
  expect(record.observations?.loadThreads).toBe(3)
})

test.runIf(process.platform === 'linux')(
  'what the server did before the load restarted with more threads is not part of the measurement',
  async () => {
    const point = pointOn(settings, {}, { load: closed, measure })
    const { record, samples, serverBatches } = await measureEmbedded(point, {
      threads: { most: 2, busyShare: 0 },
    })
    expect(record.observations).toMatchObject({
      loadThreads: 2,
      serverCounted: { requests: samples.requests.count },
    })
    const joined = joinBatches(serverBatches, samples, { serverBatchSize: 1, framesPerRequest: 1 })
    expect(joined).toMatchObject({ unknownRequests: 0, withoutBatch: 0 })
    expect(joined.batches).toHaveLength(samples.requests.count)
  },
)

test('the scenario decides the load threads, else the first complete measurement of the point, else the warm-up', () => {
  const record = (point: number, complete: boolean, loadThreads?: number): MeasurementRecord => ({
    point,
    repetition: 1,
    startedAt: '',
    sampleFile: '',
    windowStartUs: 0,
    windowEndUs: 1,
    complete,
    notes: [],
    observations: loadThreads === undefined ? {} : { loadThreads },
  })
  const measurements = [record(1, true, 4), record(2, false, 1), record(2, true, 2), record(3, true)]
  const chosen = (id: number, load: LoadSettings = closed) =>
    chooseThreads({ measurements }, pointOn(settings, {}, { id, load }))
  expect([1, 2, 3, 4].map((id) => chosen(id))).toEqual([4, 2, autoThreads(closed, 1), autoThreads(closed, 1)])
  expect(chosen(1, { ...closed, threads: 1 })).toBe(1)
})
