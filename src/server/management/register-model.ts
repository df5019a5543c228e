import { setTimeout as sleep } from 'node:timers/promises'
import { plural } from '../../system/plural.js'
import { ExitCode, UserError } from '../../system/user-error.js'
import { whileSaying, type OnProgress } from '../../system/progress.js'
import type { ServerBatching } from '../running-server.js'
import type { RequestedModel } from '../endpoint.js'
import { callApi, noAnswer, parseError, type ApiAnswer, type ServerApi } from './call-api.js'
import {
  countReady,
  describeModel,
  modelPath,
  startupTimeoutOf,
  type ModelDescription,
} from './describe-model.js'

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

/** TorchServe's own limit for loading if neither the model nor the server sets one (default_startup_timeout). */
const defaultStartupS = 120
/** TorchServe answers once the startup timeout is over. It may end a worker and unpack an archive before. */
const slackS = 60
const pollMs = 100

export interface RegisterOptions {
  signal?: AbortSignal | undefined
  onProgress?: OnProgress | undefined
  /** How often it is said that a step still goes on. Default: 10 s. */
  sayEveryMs?: number | undefined
}

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
        ? 'Start the server with --enable-model-api (or enable_model_api=true in config.properties), which manage: true needs. Or remove manage: true and configure its batching yourself.'
        : undefined,
    exitCode: ExitCode.environment,
  })
}

/**
 * Removes a version of a model. A missing model is no error. TorchServe ends a worker that is still loading its
 * model only when it has loaded it, so this may take as long as a registration.
 */
export async function unregisterModel(
  api: ServerApi,
  model: RequestedModel,
  options: RegisterOptions & { startupTimeoutS?: number | undefined } = {},
): Promise<void> {
  const { signal, startupTimeoutS = defaultStartupS } = options
  const call = { method: 'DELETE', signal, timeoutMs: (startupTimeoutS + slackS) * 1000 } as const
  const answer = await whileSaying(`unregistering ${model.name}`, options, () =>
    callApi(api, modelPath(model), call),
  )
  if (answer.status !== 200 && answer.status !== 404) throw refused(api, `unregister ${model.name}`, answer)
}

/**
 * Registers a model and waits until every worker is ready: as long as the startup timeout of the model, which the server
 * knows. Never call it during a measurement, because it blocks a thread that the server's connections share.
 *
 * @throws UserError (exit code 3) if it does not load, or if the server has other settings than requested
 */
export async function registerModel(
  api: ServerApi,
  registration: Registration,
  options: RegisterOptions = {},
): Promise<ModelDescription> {
  const { modelName } = registration
  const description = await whileSaying(`loading ${modelName}`, options, () =>
    loadModel(api, registration, options.signal),
  )
  if (hasSettings(description, registration)) return description
  throw new UserError('the server did not apply the batch settings', {
    where: api.url,
    expected: formatServerBatching(registration),
    received: formatServerBatching(registrationFrom(description)),
    remedy: 'Remove the settings from the configuration file inside the model archive: they take precedence.',
    exitCode: ExitCode.environment,
  })
}

function requested({ modelName, modelVersion }: Registration): RequestedModel {
  return { name: modelName, version: modelVersion }
}

/** A proxy in front of the API gave up. The server goes on loading. */
const proxyGaveUp = new Set([502, 504])

async function loadModel(
  api: ServerApi,
  registration: Registration,
  signal?: AbortSignal,
): Promise<ModelDescription> {
  const { modelName } = registration
  const limit = openLoadLimit(api, registration)
  const ended = signal === undefined ? limit.signal : AbortSignal.any([signal, limit.signal])
  try {
    const answer = await callApi(api, '/models', {
      method: 'POST',
      query: registrationQuery(registration),
      signal: ended,
      timeoutMs: longestTimeoutMs,
    })
    if (answer.status !== 200 && !proxyGaveUp.has(answer.status)) {
      throw refused(api, `load the model ${modelName}`, answer)
    }
  } catch (error) {
    signal?.throwIfAborted()
    if (limit.signal.aborted) throw tooSlow(api, registration, limit.seconds())
    // The connection broke, perhaps at a proxy. A server that still answers goes on loading.
    if (!isLost(error) || !(await isThere(api, requested(registration)))) throw error
  } finally {
    limit.close()
  }
  return waitUntilReady(api, registration, { limitS: limit.seconds(), signal })
}

/** setTimeout takes 2³¹ − 1 ms at most. */
const longestTimeoutMs = 2_147_483_647

function isLost(error: unknown): boolean {
  return error instanceof UserError && error.message === noAnswer
}

function isThere(api: ServerApi, model: RequestedModel): Promise<boolean> {
  return describeModel(api, model).then(
    () => true,
    () => false,
  )
}

/**
 * Aborts its signal once the model has had its startup timeout. The server knows that timeout as soon as it has read the
 * archive, whose own configuration takes precedence (wlm/ModelManager.java).
 */
function openLoadLimit(
  api: ServerApi,
  registration: Registration,
): { signal: AbortSignal; seconds: () => number; close: () => void } {
  const controller = new AbortController()
  const began = Date.now()
  let seconds = registration.startupTimeoutS ?? defaultStartupS
  const looking = setInterval(() => {
    void callApi(api, modelPath(requested(registration)), { timeoutMs: 5000 }).then(
      ({ body }) => (seconds = Math.max(seconds, startupTimeoutOf(body) ?? 0)),
      // A call that ends on the thread that loads the model waits for it.
      () => undefined,
    )
    if (Date.now() - began > (seconds + slackS) * 1000) controller.abort()
  }, 5000)
  return { signal: controller.signal, seconds: () => seconds, close: () => clearInterval(looking) }
}

function tooSlow(api: ServerApi, { modelName }: Registration, startupTimeoutS: number): UserError {
  return new UserError(`${modelName} did not load in time`, {
    where: api.url,
    expected: `ready within its startup timeout of ${startupTimeoutS} s`,
    received: `still loading after ${startupTimeoutS + slackS} s`,
    remedy:
      "Raise startupTimeout in the model's configuration file, or default_startup_timeout in config.properties (server.config of a managed server).",
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

/** `batch size 8, max batch delay 50 ms, 1 worker` */
export function formatServerBatching({ serverBatchSize, maxBatchDelayMs, workers }: ServerBatching): string {
  const delay = maxBatchDelayMs === undefined ? 'any' : `${maxBatchDelayMs} ms`
  return `batch size ${serverBatchSize}, max batch delay ${delay}, ${plural(workers, 'worker')}`
}

async function waitUntilReady(
  api: ServerApi,
  registration: Registration,
  { limitS, signal }: { limitS: number; signal: AbortSignal | undefined },
): Promise<ModelDescription> {
  const until = Date.now() + limitS * 1000
  for (;;) {
    const description = await describeModel(api, requested(registration), signal)
    if (countReady(description) >= registration.workers) return description
    if (Date.now() >= until) throw tooSlow(api, registration, limitS)
    await sleep(pollMs, undefined, { ...(signal && { signal }) })
  }
}
