import type { BatchQueueSettings } from '../../batching/batch-queue.js'
import type { EmbeddedConfig } from './embedded-config.js'
import { FrontendError, jsonAnswer, noResource, notAllowed, type FrontendAnswer } from './frontend-answer.js'
import type { HttpRequest } from './http-server.js'
import type { LiveModel } from './live-model.js'
import type { ModelStore } from './model-store.js'
import type { Tokens } from './tokens.js'

/** default_workers_per_model of the managed TorchServe. */
const defaultWorkersPerModel = 1

/** A model to register: its archive and its batch settings. */
export interface NewModel extends Omit<BatchQueueSettings, 'queueCapacity'> {
  /** File name of the archive. */
  url: string
  /** Default: the name in the archive. */
  name?: string | undefined
  responseTimeoutS: number
}

/** What the management API needs from the server. */
export interface ManagedServer {
  config: Pick<EmbeddedConfig, 'enableModelApi'>
  models: ModelStore
  tokens: Tokens | undefined
  register(model: NewModel): LiveModel
}

/** The management API. Resolves with the answer; throws FrontendError for TorchServe's errors. */
export async function routeManagement(server: ManagedServer, request: HttpRequest): Promise<FrontendAnswer> {
  const { method, path, query } = request
  const [root, name, version] = path
    .slice(1)
    .split('/')
    .map((part) => decodeURIComponent(part))
  if (root === 'v1' && name === 'models' && version !== undefined) return readiness(server, version)
  if (root === 'token') return renewToken(server, request)
  if (root !== 'models') throw noResource()
  if (name === undefined || name === '') {
    if (method === 'GET') return list(server)
    if (method === 'POST') return register(server, query)
    throw notAllowed()
  }
  if (method === 'GET') return describe(server, name, version)
  if (method === 'PUT') return scale(server, name, version, query)
  if (method === 'DELETE') return unregister(server, name, version)
  throw notAllowed()
}

function renewToken({ tokens }: ManagedServer, { headers, query }: HttpRequest): FrontendAnswer {
  if (tokens === undefined) throw noResource()
  return tokens.renew(headers.get('authorization'), query.get('type'))
}

function status(code: number, text: string): FrontendAnswer {
  return jsonAnswer(code, { status: text })
}

function list(server: ManagedServer): FrontendAnswer {
  const models = server.models.defaults().map(({ settings }) => ({
    modelName: settings.name,
    modelUrl: settings.archive.file,
  }))
  return jsonAnswer(200, { models })
}

async function register(server: ManagedServer, query: URLSearchParams): Promise<FrontendAnswer> {
  if (!server.config.enableModelApi) throw notAllowed()
  const url = query.get('url')
  if (url === null) throw new FrontendError(400, 'BadRequestException', 'Parameter url is required.')
  const model = server.register({
    url,
    name: query.get('model_name') ?? undefined,
    serverBatchSize: whole(query, 'batch_size') ?? 1,
    maxBatchDelayMs: whole(query, 'max_batch_delay') ?? 100,
    responseTimeoutS: whole(query, 'response_timeout') ?? 120,
  })
  const workers = whole(query, 'initial_workers') ?? defaultWorkersPerModel
  model.scaleTo(workers)
  const { name, version } = model.settings
  const done = `Model "${name}" Version: ${version} registered with ${workers} initial workers`
  if (workers === 0) return status(200, `${done}. Use scale workers API to add workers for the model.`)
  if (query.get('synchronous') === 'false') return status(202, 'Processing worker updates...')
  await model.whenReady()
  return status(200, done)
}

async function scale(
  server: ManagedServer,
  name: string,
  version: string | undefined,
  query: URLSearchParams,
): Promise<FrontendAnswer> {
  const model = server.models.find(name, version)
  const minWorkers = whole(query, 'min_worker') ?? 1
  const maxWorkers = whole(query, 'max_worker') ?? minWorkers
  if (maxWorkers < minWorkers) {
    throw new FrontendError(400, 'BadRequestException', 'max_worker cannot be less than min_worker.')
  }
  model.scaleTo(minWorkers)
  if (query.get('synchronous') !== 'true') return status(202, 'Processing worker updates...')
  await model.whenReady()
  const suffix = version === undefined ? '' : `, version: ${version}`
  return status(200, `Workers scaled to ${minWorkers} for model: ${name}${suffix}`)
}

function describe(server: ManagedServer, name: string, version: string | undefined): FrontendAnswer {
  const models = version === 'all' ? server.models.versionsOf(name) : [server.models.find(name, version)]
  return jsonAnswer(
    200,
    models.map((model) => describeModel(model)),
  )
}

function unregister(server: ManagedServer, name: string, version: string | undefined): FrontendAnswer {
  if (!server.config.enableModelApi) throw notAllowed()
  const model = server.models.remove(name, version)
  model.scaleTo(0)
  return status(200, `Model "${name}" unregistered`)
}

function readiness(server: ManagedServer, name: string): FrontendAnswer {
  return jsonAnswer(200, { name, ready: server.models.find(name).workers.count > 0 })
}

/** GET /models/{name}: the keys of TorchServe's DescribeModelResponse in its order. */
function describeModel(model: LiveModel): Record<string, unknown> {
  const { settings, workers, workerIds } = model
  return {
    modelName: settings.name,
    modelVersion: settings.version,
    modelUrl: settings.archive.file,
    runtime: 'python',
    minWorkers: workers.count,
    maxWorkers: workers.count,
    batchSize: settings.serverBatchSize,
    maxBatchDelay: settings.maxBatchDelayMs,
    responseTimeout: settings.responseTimeoutMs / 1000,
    startupTimeout: 120,
    maxRetryTimeoutInSec: 300,
    clientTimeoutInMills: 0,
    parallelType: '',
    parallelLevel: 0,
    deviceType: 'cpu',
    continuousBatching: false,
    useJobTicket: false,
    useVenv: false,
    stateful: false,
    sequenceMaxIdleMSec: 0,
    sequenceTimeoutMSec: 0,
    maxNumSequence: 0,
    maxSequenceJobQueueSize: 0,
    loadedAtStartup: false,
    workers: workerIds.map((id, worker) => ({
      id,
      startTime: localTimeWithZ(model.startedAt),
      // A real server describes loading and crashed workers as UNLOADING too.
      status: workers.isReady(worker) ? 'READY' : 'UNLOADING',
      memoryUsage: 0,
      pid: workers.isReady(worker) ? process.pid : -1,
      gpu: false,
      gpuUsage: 'N/A',
    })),
    jobQueueStatus: {
      remainingCapacity: settings.queueCapacity - workers.queue.pending,
      pendingRequests: workers.queue.pending,
    },
  }
}

/** Local time with a literal Z, as the real server writes it (util/JsonUtils.java). */
function localTimeWithZ(date: Date): string {
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString()
}

/** An integer parameter; undefined if it is missing or not a number (as in NettyUtils.getIntParameter). */
function whole(parameters: URLSearchParams, name: string): number | undefined {
  const text = parameters.get(name)
  return text !== null && /^-?\d+$/.test(text) ? Number(text) : undefined
}
