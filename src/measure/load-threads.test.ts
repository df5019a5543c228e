import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { LoadSettings } from '../scenario/schema/settings.js'
import type { MeasurementRecord } from '../run/manifest.js'
import { startEmbedded } from '../server/embedded/start-embedded.js'
import { measurePoint } from './measure-point.js'
import { openPayloads } from './prepare-clip.js'
import { keptThreads } from './run-measurer.js'
import { pointOn, syntheticClip } from './testing/one-point.test.support.js'

const signal = new AbortController().signal

async function threadsUsed(load: LoadSettings, kept?: number): Promise<number | undefined> {
  const settings = { kind: 'embedded', tauMs: 1, alphaMs: 0, jitter: 0, workers: 1 } as const
  const measure = { warmupMaxS: 0.1, durationS: 0.2, repetitions: 1, deadlineMs: 20_000 }
  const point = pointOn(settings, {}, { load, measure })
  const folder = await mkdtemp(join(tmpdir(), 'framestorm-threads-'))
  const server = await startEmbedded(settings, point.model, {
    batching: { serverBatchSize: 1, workers: 1 },
    signal,
  })
  try {
    await mkdir(join(folder, 'samples'))
    const record = await measurePoint(
      {
        point,
        planned: { point: 1, repetition: 2, phaseSeed: 1 },
        server,
        payload: openPayloads()(syntheticClip(4), point),
        subject: {},
        folder,
        keptThreads: kept,
      },
      { signal, onProgress: () => {} },
    )
    return record.observations?.loadThreads
  } finally {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

const closed = { kind: 'closed', framesInFlight: 8 } as const

test('the record of a measurement holds the load threads that it used', async () => {
  expect(await threadsUsed({ ...closed, threads: 3 })).toBe(3)
})

test('a repetition uses the load threads of the one before it', async () => {
  expect(await threadsUsed(closed, 2)).toBe(2)
})

test('a number in the scenario comes before one that was kept', async () => {
  expect(await threadsUsed({ ...closed, threads: 1 }, 2)).toBe(1)
})

test('the first complete measurement of a point decides for the point', () => {
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
  const kept = [1, 2, 3, 4].map((id) => keptThreads({ measurements }, { id }))
  expect(kept).toEqual([4, 2, undefined, undefined])
})
