import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { seededRandom } from '../../src/system/seeded-random.js'
import { createRun } from '../../src/run/run-writer.js'
import { type RunManifest, schemaVersion } from '../../src/run/manifest.js'
import { createSampleFile, openSampleWriter } from '../../src/run/sample-writer.js'
import type { LoadSettings } from '../../src/scenario/plan/plan.js'
import type { Bench, BenchRow } from '../parts/bench-row.js'
import { mb } from '../parts/figures.js'
import { hundredCameras } from './send-lag.js'

/** From a sample file to everything that a report says: a closed load, and cameras with as many frames. */
export async function millionSamples({ folder, quick }: Bench): Promise<BenchRow[]> {
  const count = quick ? 100_000 : 1_000_000
  const rows: BenchRow[] = []
  for (const kind of ['closed', 'cameras'] as const) {
    const run = join(folder, `million-${kind}`)
    await writeRun(run, count, kind)
    const child = fileURLToPath(new URL('../parts/million-samples-child.js', import.meta.url))
    const { stdout } = await execa(process.execPath, [child, run])
    const { totalMs, maxRssBytes }: Record<'totalMs' | 'maxRssBytes', number> = JSON.parse(stdout)
    const words = `${count.toLocaleString('en')} requests`
    rows.push({
      what: `${kind === 'closed' ? words : `${words}, as many frames`}: from the sample file to statistics`,
      mustReach: '≤ 200 MB RSS; ≤ 5 s',
      measured: `${mb(maxRssBytes)}; ${(totalMs / 1000).toFixed(2)} s`,
      reached: maxRssBytes <= 200 * 1024 * 1024 && totalMs <= 5000,
    })
  }
  return rows
}

const { cameras, fps } = hundredCameras

async function writeRun(run: string, count: number, kind: 'closed' | 'cameras'): Promise<void> {
  const endUs = (count / (cameras * fps)) * 1e6
  await createRun(
    run,
    millionManifest(endUs, kind === 'closed' ? { kind, framesInFlight: 16 } : hundredCameras),
  )
  const file = join(run, 'samples', 'one.bin')
  createSampleFile(file)
  const fail = (error: Error) => {
    throw error
  }
  let writer = openSampleWriter(file, fail)
  const random = seededRandom(1)
  const serverRequestId = new Uint32Array(4)
  for (let i = 0; i < count; i++) {
    const dueUs = (i / count) * endUs
    const sentUs = dueUs + 40
    serverRequestId[0] = i + 1
    const sample = {
      phase: 1,
      outcome: 0,
      status: 200,
      frames: 1,
      firstFrame: i % 300,
      client: i % cameras,
      dueUs,
      sentUs,
    }
    writer.request({
      ...sample,
      request: i,
      answeredUs: sentUs + 5000 + random() * 20_000,
      connectUs: Number.NaN,
      bodyBytes: 40_000,
      answerBytes: 180,
      answerDeviation: Number.NaN,
      serverRequestId,
    })
    if (kind === 'cameras') writer.frame(i % cameras, Math.floor(i / cameras), i, 1, 0, dueUs)
    // Much faster than any load, this has to wait for the disk now and then: what may wait for it is bounded.
    if (i % 50_000 === 0) {
      await writer.close()
      writer = openSampleWriter(file, fail)
    }
  }
  await writer.close()
}

/** Of a run with one measurement, in `samples/one.bin`, of which everything is measured. */
export function millionManifest(windowEndUs: number, load: LoadSettings): RunManifest {
  return {
    schemaVersion,
    framestormVersion: '0.0.0',
    startedAt: '2026-01-01T00:00:00.000Z',
    finishedAt: '2026-01-01T00:10:00.000Z',
    status: 'complete',
    scenario: { name: 'million', text: '', hash: '' },
    plan: {
      points: [
        {
          id: 1,
          video: { source: 'clip', width: 640, height: 480, quality: 3 },
          server: { kind: 'embedded', tauMs: 5, alphaMs: 5, jitter: 0, workers: 1 },
          model: {
            name: 'm',
            weights: 'seeded',
            request: { field: 'image{i}', json: 'object' },
            answer: 'none',
          },
          batching: {
            mode: 'server',
            framesPerRequest: 1,
            serverBatchSize: 1,
            batchSize: 1,
            encoding: 'raw',
          },
          load,
          measure: { warmupMaxS: 1, durationS: windowEndUs / 1e6, repetitions: 1, deadlineMs: 5000 },
          slo: { latencyMs: 1000, percentile: 99 },
        },
      ],
      order: [{ point: 1, repetition: 1, phaseSeed: 1 }],
      impossible: [],
      merged: [],
      seed: 1,
      expectedS: 1,
    },
    seed: 1,
    environment: {},
    encodingCosts: [],
    measurements: [
      {
        point: 1,
        repetition: 1,
        startedAt: '2026-01-01T00:00:00.000Z',
        sampleFile: 'samples/one.bin',
        windowStartUs: 0,
        windowEndUs,
        complete: true,
        notes: [],
      },
    ],
  }
}
