import type { ModelSettings, PredictionApi, Protocol, UrlSettings } from '../scenario/plan/plan.js'
import { inferServices } from '../frames/message/model-infer.js'
import { predictions } from '../frames/message/predictions.js'
import { probePort } from '../system/ports.js'
import { accessFrom, type Access } from './access.js'
import { explainNoAnswer } from './send-http.js'
import { ExitCode, UserError } from '../system/user-error.js'

/** The destination of requests. Plain data, so that it can be sent to the load thread. */
export interface Endpoint extends Access {
  /**
   * `http`: a POST over HTTP/1.1. `grpc`: a unary call over HTTP/2, whose method is `path` and whose metadata are the
   * header fields of `requestHeaders` (a token is `authorization`).
   */
  protocol: Protocol
  /** What the body of a request and of an answer is: with `protocol` it says which messages travel. */
  api: PredictionApi
  tls: boolean
  /** A name or an address; an IPv6 address without the brackets that it has in a URL. */
  host: string
  port: number
  /** Path of the prediction call, such as /predictions/resnet-18, or of the gRPC method. */
  path: string
}

/** A model on a server. Without a version, the server's default version answers. */
export type RequestedModel = Pick<ModelSettings, 'name' | 'version'>

/** The path of the prediction call (TorchServe: http/api/rest/InferenceRequestHandler.java). */
export function predictionPath({ name, version }: RequestedModel): string {
  const path = `/predictions/${encodeURIComponent(name)}`
  return version === undefined ? path : `${path}/${encodeURIComponent(version)}`
}

/** The path of an inference (inference_rest.md). */
function inferPath({ name, version }: RequestedModel): string {
  const path = `/v2/models/${encodeURIComponent(name)}`
  return version === undefined ? `${path}/infer` : `${path}/versions/${encodeURIComponent(version)}/infer`
}

/** The path of a prediction, if the settings have none. For `custom` it is the one in the address. */
const defaultPaths: Record<UrlSettings['api'], (model: RequestedModel) => string> = {
  torchserve: predictionPath,
  oip: inferPath,
  custom: () => '',
}

/** A path of a request with the model's name and version in it. */
export function renderRequestPath(path: string, model: RequestedModel): string {
  return path
    .replaceAll('{model}', encodeURIComponent(model.name))
    .replaceAll('{version}', encodeURIComponent(model.version ?? ''))
}

/**
 * The endpoint of a model's predictions on a server given by its URL.
 *
 * @throws UserError (exit code 2) if the path needs the version of the model and there is none
 */
export function parseEndpoint(
  settings: Pick<UrlSettings, 'inferenceUrl' | 'path' | 'api'> & Access,
  model: RequestedModel,
): Endpoint {
  const { inferenceUrl, path, api } = settings
  const url = new URL(inferenceUrl)
  const tls = url.protocol === 'https:'
  if (path?.includes('{version}') === true && model.version === undefined) {
    throw new UserError('the path needs the version of the model', {
      where: 'server.path',
      expected: 'model.version',
      received: path,
      remedy: 'Set model.version, or write the version into the path.',
    })
  }
  return {
    protocol: 'http',
    api,
    tls,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? (tls ? 443 : 80) : Number(url.port),
    path:
      (path === undefined && api === 'custom' ? url.pathname : url.pathname.replace(/\/+$/, '')) +
      (path === undefined ? defaultPaths[api](model) : renderRequestPath(path, model)),
    ...accessFrom(settings),
  }
}

/** The endpoint of a model's predictions on a server that Framestorm started on the loopback address. */
export function loopbackEndpoint(
  port: number,
  model: RequestedModel,
  api: PredictionApi = 'torchserve',
): Endpoint {
  const path = defaultPaths[api](model) || '/'
  return { protocol: 'http', api, tls: false, host: '127.0.0.1', port, path }
}

/** By API, and for OIP by the package of the service. */
const grpcMethods = {
  torchserve: predictions.path,
  oip: inferServices.standard.modelInfer.path,
  'torchserve-oip': inferServices.torchserve.modelInfer.path,
}
export type GrpcService = keyof typeof grpcMethods

function apiOf(service: GrpcService): PredictionApi {
  return service === 'torchserve' ? 'torchserve' : 'oip'
}

/** TorchServe's default. */
const defaultGrpcPort = 7070

/** The gRPC endpoint of a server given by its URL. */
export function parseGrpcEndpoint(
  settings: Pick<UrlSettings, 'inferenceUrl' | 'grpcUrl'> & Access,
  service: GrpcService,
): Endpoint {
  const { inferenceUrl, grpcUrl } = settings
  const url = new URL(grpcUrl ?? inferenceUrl)
  const tls = url.protocol === 'https:'
  const ownPort = url.port === '' ? (tls ? 443 : 80) : Number(url.port)
  return {
    protocol: 'grpc',
    api: apiOf(service),
    tls,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: grpcUrl === undefined ? defaultGrpcPort : ownPort,
    path: grpcMethods[service],
    ...accessFrom(settings),
  }
}

/** The gRPC endpoint of a server that Framestorm started on the loopback address. */
export function loopbackGrpcEndpoint(port: number, service: GrpcService): Endpoint {
  return {
    protocol: 'grpc',
    api: apiOf(service),
    tls: false,
    host: '127.0.0.1',
    port,
    path: grpcMethods[service],
  }
}

/** `host:8080`; an IPv6 address is in brackets. */
export function hostAndPort({ host, port }: Pick<Endpoint, 'host' | 'port'>): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** `http://127.0.0.1:8080`, for connections and error messages. */
export function endpointOrigin(endpoint: Pick<Endpoint, 'tls' | 'host' | 'port'>): string {
  return `${endpoint.tls ? 'https' : 'http'}://${hostAndPort(endpoint)}`
}

/** The URL of the prediction call. */
export function endpointUrl(endpoint: Endpoint): string {
  return endpointOrigin(endpoint) + endpoint.path
}

/**
 * Opens a connection to find the address at which the server accepts connections.
 *
 * @throws UserError (exit code 3) if nothing accepts a connection within `timeoutMs`
 */
export async function reachEndpoint(endpoint: Endpoint, timeoutMs: number): Promise<string> {
  const probe = await probePort(endpoint.host, endpoint.port, timeoutMs)
  if ('address' in probe) return probe.address
  throw new UserError('the server does not accept connections', {
    where: endpointOrigin(endpoint),
    received: probe.failure,
    remedy: explainNoAnswer(probe.cause ?? new Error('no connection')).remedy,
    exitCode: ExitCode.environment,
    cause: probe.cause,
  })
}
