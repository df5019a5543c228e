import { hostname } from 'node:os'
import type { EmbeddedServer } from './embedded-server.js'
import type { FrontendAnswer } from './frontend-answer.js'
import { errorAnswer, jsonAnswer } from './frontend-answer.js'
import { noResource, noWorker, notAllowed } from './frontend-errors.js'
import type { HttpConnection } from './http-connection.js'
import type { HttpRequest } from './http-request.js'
import type { LiveModel } from './live-model.js'
import { liveNowMs } from './live-model.js'
import { readFrames } from './request-frames.js'

const host = hostname()
const predictPath = /^\/predictions\/([^/]+)(?:\/([^/]+))?/
/** The other ways to the same prediction: v1, v2 and the legacy aliases. */
const aliases = [
  /^\/v1\/models\/([^/:]+):predict$/,
  /^\/v2\/models\/([^/]+)\/infer$/,
  /^\/models\/([^/]+)\/invoke$/,
  /^\/([^/]+)\/predict$/,
  /^\/([^/]+)\/([^/]+)\/predict$/,
]

/** Asked before the token is looked at: GET /api-description, and OPTIONS on any path. */
export function isApiDescription({ method, path }: HttpRequest): boolean {
  return method === 'OPTIONS' || path === '/api-description'
}

/**
 * The part of TorchServe's OpenAPI document that Framestorm reads: by it a server given by URL is known as a
 * simulation, whatever its address is called.
 */
const apiDescription = jsonAnswer(200, {
  info: {
    title: 'TorchServe APIs',
    description: 'framestorm embedded server (simulated): no model runs here',
    version: '0.12.0',
  },
})

/** The inference API; the method is ignored, as the real server does. */
export function routeInference(
  server: EmbeddedServer,
  request: HttpRequest,
  connection: HttpConnection,
  requestId: string,
): void {
  const { path } = request
  if (isApiDescription(request)) {
    // The one thing that OPTIONS checks: a client asks so whether a model is there, without a prediction.
    const described = predictPath.exec(path)
    if (described !== null) server.models.find(decodeURIComponent(described[1]!), described[2])
    server.answer(connection, requestId, apiDescription)
    return
  }
  if (path === '/') throw notAllowed()
  if (path === '/ping') {
    const healthy = isHealthy(server.models.defaults(), liveNowMs())
    const answer = jsonAnswer(healthy ? 200 : 500, { status: healthy ? 'Healthy' : 'Unhealthy' })
    server.answer(connection, requestId, answer)
    return
  }
  const invoked = path === '/invocations' ? request.query.get('model_name') : null
  const match = predictPath.exec(path) ?? firstMatch(aliases, path)
  const name = invoked ?? match?.[1]
  if (name === undefined) throw noResource()
  predict(server, request, connection, requestId, decodeURIComponent(name), match?.[2])
}

function firstMatch(patterns: RegExp[], path: string): RegExpExecArray | undefined {
  for (const pattern of patterns) {
    const match = pattern.exec(path)
    if (match !== null) return match
  }
  return undefined
}

function predict(
  server: EmbeddedServer,
  request: HttpRequest,
  connection: HttpConnection,
  requestId: string,
  name: string,
  version: string | undefined,
): void {
  const model = server.models.find(name, version)
  const metricLabels = `model_name="${name}",model_version="${version ?? 'default'}",hostname="${host}",`
  server.metrics.add('ts_inference_requests_total', metricLabels, 1)
  const answer = (answered: FrontendAnswer) => server.answer(connection, requestId, answered)
  readFrames(request, (frames) => {
    const accepted = model.arrive({ requestId, frames, arrivedMs: liveNowMs(), metricLabels, answer })
    if (!accepted) answer(errorAnswer(noWorker(name)))
  })
}

/** maxRetryTimeoutInSec: how long a worker may fail until /ping says so. */
const maxRetryTimeoutMs = 300_000

/** What /ping tells of the default versions: healthy also while workers load, and for long after one has died. */
function isHealthy(models: LiveModel[], nowMs: number): boolean {
  return models.every(({ workers, workerIds }) =>
    workerIds.every((_, worker) => nowMs - (workers.failingSinceMs(worker) ?? nowMs) <= maxRetryTimeoutMs),
  )
}
