import type { EmbeddedConfig } from './embedded-config.js'
import { acceptPrediction, type ServedModels } from './accept-prediction.js'
import {
  jsonAnswer,
  noResource,
  notAllowed,
  type FrontendAnswer,
  type FrontendError,
} from './frontend-answer.js'
import type { HttpConnection, HttpRequest } from './http-server.js'
import { liveNowMs, type LiveModel } from './live-model.js'
import { readFrames } from './request-frames.js'

const predictPath = /^\/predictions\/([^/]+)(?:\/([^/]+))?/
/** Other paths to the same prediction: KServe v1 and v2, and TorchServe's older ones. */
const aliases = [
  /^\/v1\/models\/([^/:]+):predict$/,
  /^\/v2\/models\/([^/]+)\/infer$/,
  /^\/models\/([^/]+)\/invoke$/,
  /^\/([^/]+)\/predict$/,
  /^\/([^/]+)\/([^/]+)\/predict$/,
]

/** What the inference API needs from the server. */
export interface InferenceServer extends ServedModels {
  config: Pick<EmbeddedConfig, 'api'>
  answer(connection: HttpConnection, requestId: string, answer: FrontendAnswer | FrontendError): void
}

/** Answered without a token: GET /api-description, and OPTIONS on any path. */
export function isApiDescription({ method, path }: HttpRequest): boolean {
  return method === 'OPTIONS' || path === '/api-description'
}

/**
 * The part of TorchServe's OpenAPI document that Framestorm reads: it shows that a server given by URL is a
 * simulation.
 */
const apiDescription = jsonAnswer(200, {
  info: {
    title: 'TorchServe APIs',
    description: 'framestorm embedded server (simulated): no model runs here',
    version: '0.12.0',
  },
})

/** The inference API. It ignores the method, as the real server does. */
export function routeInference(
  server: InferenceServer,
  request: HttpRequest,
  connection: HttpConnection,
  requestId: string,
): void {
  const { path } = request
  if (isApiDescription(request)) {
    // Clients use this to check that a model exists, without a prediction.
    const described = predictPath.exec(path)
    if (described !== null) server.models.find(decodeURIComponent(described[1]!), described[2])
    server.answer(connection, requestId, apiDescription)
    return
  }
  if (path === '/') throw notAllowed()
  if (path === '/ping') {
    server.answer(connection, requestId, pingAnswer(server.models.defaults()))
    return
  }
  const openInference = server.config.api === 'torchserve-oip' ? openInferenceAnswer(path) : undefined
  if (openInference !== undefined) {
    server.answer(connection, requestId, openInference)
    return
  }
  const invoked = path === '/invocations' ? request.query.get('model_name') : null
  const match = predictPath.exec(path) ?? firstMatch(aliases, path)
  const name = invoked ?? match?.[1]
  if (name === undefined) throw noResource()
  const prediction = {
    model: decodeURIComponent(name),
    version: match?.[2],
    metrics: 'all',
    requestId,
    answer: (answer: FrontendAnswer | FrontendError) => server.answer(connection, requestId, answer),
  } as const
  readFrames(request, acceptPrediction(server, prediction))
}

function firstMatch(patterns: RegExp[], path: string): RegExpExecArray | undefined {
  for (const pattern of patterns) {
    const match = pattern.exec(path)
    if (match !== null) return match
  }
  return undefined
}

/**
 * The little that TorchServe has of the open inference protocol over HTTP
 * (http/api/rest/OpenInferenceProtocolRequestHandler.java); undefined for another path.
 */
function openInferenceAnswer(path: string): FrontendAnswer | undefined {
  if (path === '/v2/health/live') return jsonAnswer(200, { live: true })
  if (path === '/v2/health/ready') return jsonAnswer(200, { ready: true })
  if (path === '/v2')
    // The key is misspelt there.
    return jsonAnswer(200, { name: 'Torchserve', version: '0.12.0', extenstion: ['kserve', 'kubeflow'] })
  if (path.split('/').length > 5 && path.includes('/versions'))
    return jsonAnswer(501, { error: 'Model versioning is not yet supported.' })
  return undefined
}

/** maxRetryTimeoutInSec: how long a worker may fail before /ping answers Unhealthy. */
const maxRetryTimeoutMs = 300_000

/** The answer to a ping: healthy while workers load, and for some minutes after a worker has died. */
export function pingAnswer(models: LiveModel[]): FrontendAnswer {
  const nowMs = liveNowMs()
  const healthy = models.every(({ workers, workerIds }) =>
    workerIds.every((_, worker) => nowMs - (workers.failingSinceMs(worker) ?? nowMs) <= maxRetryTimeoutMs),
  )
  return jsonAnswer(healthy ? 200 : 500, { status: healthy ? 'Healthy' : 'Unhealthy' })
}
