import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { runLoad } from '../../src/load/run-load.js'
import type { EmbeddedSettings, LoadSettings } from '../../src/scenario/plan/plan.js'
import { startEmbedded } from '../../src/server/embedded/start-embedded.js'
import type { ServerBatching } from '../../src/server/running-server.js'
import { framePayload } from '../parts/frame-payload.js'

export interface Drive {
  server: Omit<EmbeddedSettings, 'kind' | 'workers' | 'jitter'>
  batching: ServerBatching
  framesPerRequest: number
  load: LoadSettings
  durationMs: number
}

const batchSchema = z.object({
  reason: z.string(),
  frames: z.array(z.int()),
  dispatchedMs: z.number(),
  dispatchHandledMs: z.number(),
  endMs: z.number(),
  endHandledMs: z.number(),
})

export type DrivenBatch = z.infer<typeof batchSchema>

const frameBytes = 40_960
const model = {
  name: 'simulated',
  weights: 'seeded',
  request: { field: '{i}', json: 'object' },
  answer: { list: '' },
} as const

let drives = 0

/** Puts a load of the product's own generator on an embedded server; the batches of the window, in order of their end. */
export async function drive(folder: string, settings: Drive): Promise<DrivenBatch[]> {
  const { server, batching, framesPerRequest, load, durationMs } = settings
  const name = join(folder, String(++drives))
  const exactLogFile = `${name}.jsonl`
  const signal = AbortSignal.timeout(durationMs + 120_000)
  const running = await startEmbedded(
    { kind: 'embedded', workers: batching.workers, jitter: 0, ...server },
    model,
    { batching, signal, exactLogFile },
  )
  try {
    const job = {
      endpoint: running.endpoint,
      payload: framePayload(64, frameBytes, framesPerRequest),
      framesPerRequest,
      load,
      phaseSeed: 1,
      warmupMaxMs: 2000,
      extent: { durationMs },
      deadlineMs: 10_000,
      answer: model.answer,
      sampleFile: `${name}.samples`,
      threads: 1,
    }
    const { startedClockUs, windowStartUs, windowEndUs } = await runLoad(job, { signal })
    await running.stop()
    const lines = (await readFile(exactLogFile, 'utf8')).trim().split('\n')
    const [fromMs, untilMs] = [windowStartUs, windowEndUs].map((us) => (startedClockUs + us) / 1000)
    return lines
      .map((line) => batchSchema.parse(JSON.parse(line)))
      .filter(({ endMs }) => endMs >= fromMs! && endMs <= untilMs!)
      .toSorted((a, b) => a.endHandledMs - b.endHandledMs)
  } finally {
    await running.stop()
  }
}
