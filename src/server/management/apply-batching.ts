import { setTimeout as sleep } from 'node:timers/promises'

import { ExitCode } from '../../errors/exit-code.js'
import { UserError } from '../../errors/user-error.js'
import type { ServerBatching } from '../running-server.js'
import { callManagement, errorOf, type Management, type ManagementAnswer } from './call-management.js'
import { describeModel, modelPath, readyWorkers, type ModelDescription } from './describe-model.js'

export interface Registration {
  modelName: string
  /** The archive: a file of the model store, or a URL. */
  modelUrl: string
  batching: ServerBatching
}

/** TorchServe's own limit for loading is 120 s; its answer comes after that. */
const registerTimeoutMs = 180_000
const readyTimeoutMs = 120_000
const pollMs = 100

/** The query of POST /models. Query, not JSON: a JSON body without max_batch_delay means -10000 there. Pure. */
export function registrationQuery({
  modelName,
  modelUrl,
  batching,
}: Registration): Record<string, string | number | boolean> {
  return {
    url: modelUrl,
    model_name: modelName,
    batch_size: batching.serverBatchSize,
    // Without: TorchServe's default, which a batch of one never waits for.
    ...(batching.maxBatchDelayMs === undefined ? {} : { max_batch_delay: batching.maxBatchDelayMs }),
    initial_workers: batching.workers,
    synchronous: true,
  }
}

/** Whether a server does what is asked of it already. Pure. */
export function hasBatching(description: ModelDescription, batching: ServerBatching): boolean {
  return (
    description.batchSize === batching.serverBatchSize &&
    (batching.maxBatchDelayMs === undefined || description.maxBatchDelay === batching.maxBatchDelayMs) &&
    description.minWorkers === batching.workers
  )
}

function refused(api: Management, what: string, answer: ManagementAnswer): UserError {
  const { type, message } = errorOf(answer)
  const disabled = answer.status === 405
  return new UserError(`the server did not ${what}`, {
    where: api.url,
    received: `${answer.status} ${type}: ${message}`,
    remedy: disabled
      ? 'Start the server with --enable-model-api, or leave manage: true out and set its batching yourself.'
      : undefined,
    exitCode: ExitCode.environment,
  })
}

export async function unregisterModel(
  api: Management,
  modelName: string,
  signal?: AbortSignal,
): Promise<void> {
  const answer = await callManagement(api, modelPath(modelName), {
    method: 'DELETE',
    signal,
    timeoutMs: 60_000,
  })
  if (answer.status !== 200 && answer.status !== 404) throw refused(api, `unregister ${modelName}`, answer)
}

/** Registers and waits until every worker is ready. Blocks a thread of the server's: never during a measurement. */
export async function registerModel(
  api: Management,
  registration: Registration,
  signal?: AbortSignal,
): Promise<ModelDescription> {
  const answer = await callManagement(api, '/models', {
    method: 'POST',
    query: registrationQuery(registration),
    signal,
    timeoutMs: registerTimeoutMs,
  })
  const { modelName, batching } = registration
  if (answer.status !== 200) throw refused(api, `load the model ${modelName}`, answer)
  const description = await waitUntilReady(api, modelName, batching.workers, signal)
  if (hasBatching(description, batching)) return description
  throw new UserError('the server did not take the batch settings', {
    where: api.url,
    expected: JSON.stringify(batching),
    received: JSON.stringify({
      serverBatchSize: description.batchSize,
      maxBatchDelayMs: description.maxBatchDelay,
      workers: description.minWorkers,
    }),
    remedy:
      'A configuration file inside the archive overrides minWorkers and maxWorkers: take them out of it.',
    exitCode: ExitCode.environment,
  })
}

async function waitUntilReady(
  api: Management,
  modelName: string,
  workers: number,
  signal?: AbortSignal,
): Promise<ModelDescription> {
  for (const until = Date.now() + readyTimeoutMs; ; await sleep(pollMs, undefined, { signal })) {
    const description = await describeModel(api, modelName, signal)
    if (readyWorkers(description) >= workers) return description
    if (Date.now() < until) continue
    throw new UserError(`the workers of ${modelName} did not get ready`, {
      where: api.url,
      expected: `${workers} READY`,
      received: `${readyWorkers(description)} READY after ${readyTimeoutMs / 1000} s`,
      exitCode: ExitCode.environment,
    })
  }
}
