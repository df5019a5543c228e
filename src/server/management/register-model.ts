import { setTimeout as sleep } from 'node:timers/promises'
import { plural } from '../../system/plural.js'
import { ExitCode, UserError } from '../../system/user-error.js'
import type { ServerBatching } from '../running-server.js'
import { callApi, parseError, type ApiAnswer, type ServerApi } from './call-api.js'
import type { RequestedModel } from '../endpoint.js'
import { countReady, describeModel, modelPath, type ModelDescription } from './describe-model.js'

/** The settings with which a model is registered. */
export interface Registration extends ServerBatching {
  modelName: string
  /** Of the archive. Undefined: the default version of the model after the registration. */
  modelVersion?: string | undefined
  /** The archive: a file of the model store, or a URL. */
  modelUrl: string
  responseTimeoutS?: number | undefined
  startupTimeoutS?: number | undefined
}

/** TorchServe's own limit for loading is 120 s. Its answer comes after that. */
const registerTimeoutMs = 180_000
const readyTimeoutMs = 120_000
const pollMs = 100

/** The query of POST /models. Not JSON: TorchServe reads a JSON body without max_batch_delay as -10000. */
export function registrationQuery(registration: Registration): Record<string, string | number | boolean> {
  const { maxBatchDelayMs, responseTimeoutS, startupTimeoutS } = registration
  return {
    url: registration.modelUrl,
    model_name: registration.modelName,
    batch_size: registration.serverBatchSize,
    ...(maxBatchDelayMs !== undefined && { max_batch_delay: maxBatchDelayMs }),
    initial_workers: registration.workers,
    ...(responseTimeoutS !== undefined && { response_timeout: responseTimeoutS }),
    ...(startupTimeoutS !== undefined && { startup_timeout: startupTimeoutS }),
    synchronous: true,
  }
}

function refused(api: ServerApi, what: string, answer: ApiAnswer): UserError {
  const { type, message } = parseError(answer)
  return new UserError(`the server could not ${what}`, {
    where: api.url,
    received: `${answer.status} ${type}: ${message}`,
    remedy:
      answer.status === 405
        ? 'Start the server with --enable-model-api. Or remove manage: true and configure its batching yourself.'
        : undefined,
    exitCode: ExitCode.environment,
  })
}

/** Removes a version of a model. A missing model is no error. */
export async function unregisterModel(
  api: ServerApi,
  model: RequestedModel,
  signal?: AbortSignal,
): Promise<void> {
  const answer = await callApi(api, modelPath(model), { method: 'DELETE', signal, timeoutMs: 60_000 })
  if (answer.status !== 200 && answer.status !== 404) throw refused(api, `unregister ${model.name}`, answer)
}

/**
 * Registers a model and waits until every worker is ready. Never call it during a measurement, because it blocks a
 * thread that the server's connections share.
 *
 * @throws UserError (exit code 3) if it does not load, or if the server has other settings than requested
 */
export async function registerModel(
  api: ServerApi,
  registration: Registration,
  signal?: AbortSignal,
): Promise<ModelDescription> {
  const { modelName } = registration
  const answer = await callApi(api, '/models', {
    method: 'POST',
    query: registrationQuery(registration),
    signal,
    timeoutMs: registerTimeoutMs,
  })
  if (answer.status !== 200) throw refused(api, `load the model ${modelName}`, answer)
  const description = await waitUntilReady(api, registration, signal)
  if (hasSettings(description, registration)) return description
  throw new UserError('the server did not apply the batch settings', {
    where: api.url,
    expected: formatBatching(registration),
    received: formatBatching(registrationFrom(description)),
    remedy: 'Remove the settings from the configuration file inside the model archive: they take precedence.',
    exitCode: ExitCode.environment,
  })
}

/** The registration that restores a described model. */
export function registrationFrom(description: ModelDescription): Registration {
  const { modelName, modelUrl, serverBatchSize, maxBatchDelayMs, minWorkers } = description
  const { responseTimeoutS, startupTimeoutS } = description
  return {
    modelName,
    modelUrl,
    serverBatchSize,
    maxBatchDelayMs,
    workers: minWorkers,
    responseTimeoutS,
    startupTimeoutS,
  }
}

function hasSettings(description: ModelDescription, wanted: Registration): boolean {
  return (
    description.serverBatchSize === wanted.serverBatchSize &&
    description.minWorkers === wanted.workers &&
    (wanted.maxBatchDelayMs === undefined || description.maxBatchDelayMs === wanted.maxBatchDelayMs)
  )
}

function formatBatching({ serverBatchSize, maxBatchDelayMs, workers }: ServerBatching): string {
  const delay = maxBatchDelayMs === undefined ? 'any' : `${maxBatchDelayMs} ms`
  return `batch size ${serverBatchSize}, max batch delay ${delay}, ${plural(workers, 'worker')}`
}

async function waitUntilReady(
  api: ServerApi,
  { modelName, modelVersion, workers }: Registration,
  signal?: AbortSignal,
): Promise<ModelDescription> {
  const until = Date.now() + readyTimeoutMs
  for (;;) {
    const description = await describeModel(api, { name: modelName, version: modelVersion }, signal)
    const ready = countReady(description)
    if (ready >= workers) return description
    if (Date.now() >= until) {
      throw new UserError(`the workers of ${modelName} did not become ready`, {
        where: api.url,
        expected: `${plural(workers, 'worker')} READY`,
        received: `${ready} READY after ${readyTimeoutMs / 1000} s`,
        exitCode: ExitCode.environment,
      })
    }
    await sleep(pollMs, undefined, { ...(signal && { signal }) })
  }
}
