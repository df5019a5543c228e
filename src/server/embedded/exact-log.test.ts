import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import type { Batch } from '../../batching/batch.js'
import { ModelWorkers } from '../../batching/model-workers.js'
import { exchange, withServer } from './embedded.test.support.js'

const exactSchema = z.object({
  requests: z.array(z.string()),
  arrivedMs: z.array(z.number()),
  poppedMs: z.number(),
  dispatchedMs: z.number(),
  reason: z.string(),
  endMs: z.number(),
})

type Exact = z.infer<typeof exactSchema>

interface Job {
  request: string
  arrivedMs: number
}

test('the pure module, fed with the arrivals that the live server logged, forms the same batches at the same times', async () => {
  const batching = { serverBatchSize: 4, maxBatchDelayMs: 15, workers: 2 }
  const folder = await mkdtemp(join(tmpdir(), 'embedded-'))
  const exactLogFile = join(folder, 'exact.jsonl')
  try {
    await withServer(
      { tauMs: 8, alphaMs: 2, jitter: 0.2 },
      { batching, exactLogFile },
      async ({ endpoint }) => {
        const head = `POST ${endpoint.path} HTTP/1.1\r\nContent-Type: image/jpeg\r\nContent-Length: 3\r\n\r\nabc`
        const oneAfterTheOther = async () => {
          for (let i = 0; i < 30; i++) await exchange(endpoint.port, [head], (text) => text.endsWith('}'))
        }
        await Promise.all([1, 2, 3, 4, 5, 6, 7].map(oneAfterTheOther))
      },
    )
    const lines = (await readFile(exactLogFile, 'utf8')).trim().split('\n')
    const logged = lines.map((line) => exactSchema.parse(JSON.parse(line)))
    expect(logged.flatMap(({ requests }) => requests)).toHaveLength(210)
    expect(comparable(replay(logged))).toEqual(comparable(logged))
  } finally {
    await rm(folder, { recursive: true })
  }
})

/** The batches that form on a virtual clock from the same arrivals and service times. */
function replay(logged: Exact[]): Exact[] {
  const serviceMs = new Map(logged.map((batch) => [batch.requests[0], batch.endMs - batch.dispatchedMs]))
  const formed: Exact[] = []
  const settings = {
    serverBatchSize: 4,
    maxBatchDelayMs: 15,
    queueCapacity: 100,
    responseTimeoutMs: Infinity,
    loadMs: 0,
  }
  const model = new ModelWorkers<Job>(settings, {
    serviceMs: (batch) => serviceMs.get(batch.jobs[0]!.request) ?? Number.NaN,
    ended: (batch, endMs) => formed.push(asLogged(batch, endMs)),
  })
  const jobs = logged
    .flatMap(({ requests, arrivedMs }) =>
      requests.map((request, i) => ({ request, arrivedMs: arrivedMs[i]! })),
    )
    .toSorted((a, b) => a.arrivedMs - b.arrivedMs)
  model.scaleTo(jobs[0]!.arrivedMs - 1, 2)
  for (const job of jobs) model.arrive(job.arrivedMs, job)
  model.advanceTo(Infinity)
  return formed
}

function us(ms: number): number {
  return Math.round(ms * 1000)
}

/** In the order of dispatch, in whole µs: times that come from sums and differences differ in their last bits. */
function comparable(batches: Exact[]): Exact[] {
  return batches
    .toSorted((a, b) => a.dispatchedMs - b.dispatchedMs)
    .map((batch) => ({
      ...batch,
      poppedMs: us(batch.poppedMs),
      dispatchedMs: us(batch.dispatchedMs),
      endMs: us(batch.endMs),
    }))
}

function asLogged({ jobs, poppedMs, dispatchedMs, reason }: Batch<Job>, endMs: number): Exact {
  return {
    requests: jobs.map(({ request }) => request),
    arrivedMs: jobs.map(({ arrivedMs }) => arrivedMs),
    poppedMs,
    dispatchedMs,
    reason,
    endMs,
  }
}
