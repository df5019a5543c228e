import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { LoadJob } from '../../load/load-job.js'
import { runLoad } from '../../load/run-load.js'
import type { EmbeddedSettings, Point } from '../../scenario/plan/plan.js'
import type { MeasurementRecord } from '../../run/manifest.js'
import { readSamples } from '../../run/read-samples.js'
import type { MeasurementSamples } from '../../run/record.js'
import { startEmbedded, type RunningEmbedded } from '../../server/embedded/start-embedded.js'
import { readServerBatches, type ServerBatch } from '../../run/read-server-batches.js'
import { measurePoint } from '../measure-point.js'
import { openPayloads } from '../prepare-clip.js'
import { collectReferenceAnswers } from '../reference-answers.js'
import { serverBatching } from '../run-servers.js'
import { syntheticClip } from './one-point.test.support.js'

/** A line of the embedded server's exact log, as far as it is compared. */
export interface ExactBatch {
  requests: string[]
  frames: number[]
  reason: string
  endMs: number
  poppedMs: number
  dispatchedMs: number
}

export interface MeasuredEmbedded {
  record: MeasurementRecord
  samples: MeasurementSamples
  serverBatches: ServerBatch[]
  exact: ExactBatch[]
  answerTolerance: number
}

/** Measures a point on a separate embedded server, as bench does. `during` is called once the load runs. */
export async function measureEmbedded(
  point: Point,
  {
    during,
    clipFrames = 40,
    threads = 1,
  }: {
    during?: (server: RunningEmbedded) => Promise<void>
    clipFrames?: number
    threads?: LoadJob['threads']
  } = {},
): Promise<MeasuredEmbedded> {
  const folder = await mkdtemp(join(tmpdir(), 'framestorm-truth-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await mkdir(join(folder, 'samples'))
  const signal = new AbortController().signal
  const exactLogFile = join(folder, 'exact.log')
  const server = await startEmbedded(point.server as EmbeddedSettings, point.model, {
    batching: serverBatching(point),
    signal,
    logFile: join(folder, 'server.log'),
    exactLogFile,
  })
  const clip = syntheticClip(clipFrames)
  const payloadOf = openPayloads()
  let begun: Promise<void> | undefined
  let record: MeasurementRecord
  let answerTolerance: number
  try {
    const answers = await collectReferenceAnswers(
      { server, clip, payloadOf, points: [point], point },
      { deadlineMs: 30_000, signal },
    )
    const { reference } = answers
    answerTolerance = reference.state === 'on' ? reference.tolerance : Number.POSITIVE_INFINITY
    record = await measurePoint(
      {
        point,
        planned: { point: point.id, repetition: 1, phaseSeed: 1 },
        server,
        payload: payloadOf(clip, point),
        subject: { server: server.identity, answerReference: reference },
        folder,
        threads,
        answers,
        runLoad,
      },
      {
        signal,
        onProgress: () => {
          begun ??= during?.(server) ?? Promise.resolve()
        },
      },
    )
    await begun
  } finally {
    await server.stop()
  }
  const lines = (await readFile(exactLogFile, 'utf8')).trim().split('\n')
  return {
    record,
    samples: await readSamples(join(folder, record.sampleFile)),
    serverBatches: [...readServerBatches(join(folder, record.batchLogFile!))],
    exact: lines.map((line) => JSON.parse(line) as ExactBatch),
    answerTolerance,
  }
}
