import { describeModel } from './describe-model.js'
import type { EmbeddedServer } from './embedded-server.js'
import { FrontendError, jsonAnswer } from './frontend-answer.js'
import type { FrontendAnswer } from './frontend-answer.js'
import { noResource, notAllowed } from './frontend-errors.js'
import type { HttpRequest } from './http-request.js'
import { registration, whole } from './registration.js'

/** As the managed TorchServe is configured: default_workers_per_model. */
const defaultWorkersPerModel = 1

/** The management API. Resolves with the answer; throws FrontendError for TorchServe's errors. */
export async function routeManagement(server: EmbeddedServer, request: HttpRequest): Promise<FrontendAnswer> {
  const { method, path, query } = request
  const [root, name, version] = path
    .slice(1)
    .split('/')
    .map((part) => decodeURIComponent(part))
  if (root === 'v1' && name === 'models' && version !== undefined) return readiness(server, version)
  if (root === 'token') return server.renewToken(request)
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

function status(code: number, text: string): FrontendAnswer {
  return jsonAnswer(code, { status: text })
}

function list(server: EmbeddedServer): FrontendAnswer {
  const models = server.models.defaults().map(({ settings }) => ({
    modelName: settings.name,
    modelUrl: settings.archive.file,
  }))
  return jsonAnswer(200, { models })
}

async function register(server: EmbeddedServer, query: URLSearchParams): Promise<FrontendAnswer> {
  if (!server.config.enableModelApi) throw notAllowed()
  const parameters = registration(query)
  const { url } = parameters
  if (url === undefined) throw new FrontendError(400, 'BadRequestException', 'Parameter url is required.')
  const model = server.register({ ...parameters, url })
  const workers = parameters.initialWorkers ?? defaultWorkersPerModel
  model.scaleTo(workers)
  const { name, version } = model.settings
  const done = `Model "${name}" Version: ${version} registered with ${workers} initial workers`
  if (workers === 0) return status(200, `${done}. Use scale workers API to add workers for the model.`)
  if (!parameters.synchronous) return status(202, 'Processing worker updates...')
  await model.whenReady()
  return status(200, done)
}

async function scale(
  server: EmbeddedServer,
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

function describe(server: EmbeddedServer, name: string, version: string | undefined): FrontendAnswer {
  const models = version === 'all' ? server.models.versionsOf(name) : [server.models.find(name, version)]
  return jsonAnswer(
    200,
    models.map((model) => describeModel(model)),
  )
}

function unregister(server: EmbeddedServer, name: string, version: string | undefined): FrontendAnswer {
  if (!server.config.enableModelApi) throw notAllowed()
  const model = server.models.remove(name, version)
  model.scaleTo(0)
  return status(200, `Model "${name}" unregistered`)
}

function readiness(server: EmbeddedServer, name: string): FrontendAnswer {
  return jsonAnswer(200, { name, ready: server.models.find(name).workers.count > 0 })
}
