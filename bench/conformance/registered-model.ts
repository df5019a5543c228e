import assert from 'node:assert/strict'
import { callServer } from './call-server.js'
import { archiveFile, type SleepingModel } from './sleeping-models.js'
import type { Target } from './target.js'

export interface Settings {
  serverBatchSize: number
  maxBatchDelayMs: number
  workers?: number
  responseTimeoutS?: number
}

let registered = 0

/** Registers a sleeping model under a name of its own, and unregisters it in every case. */
export async function withModel(
  target: Target,
  model: SleepingModel,
  { serverBatchSize, maxBatchDelayMs, workers = 1, responseTimeoutS = 120 }: Settings,
  use: (name: string) => Promise<string | undefined>,
): Promise<string | undefined> {
  const name = `${model}-${++registered}`
  const query = new URLSearchParams({
    url: archiveFile(model),
    model_name: name,
    batch_size: String(serverBatchSize),
    max_batch_delay: String(maxBatchDelayMs),
    initial_workers: String(workers),
    response_timeout: String(responseTimeoutS),
    synchronous: 'true',
  })
  const port = target.managementPort
  const answer = await callServer({ port, method: 'POST', path: `/models?${query.toString()}` })
  assert.equal(answer.status, 200, answer.body)
  try {
    return await use(name)
  } finally {
    await callServer({ port, method: 'DELETE', path: `/models/${name}` })
  }
}
