import { randomUUID } from 'node:crypto'
import type { Fault } from '../../scenario/grammar/faults.js'
import type { ServerBatching } from '../running-server.js'
import { openBatchLogs, type BatchLogs } from './batch-log.js'
import { routeCustom } from './custom-routes.js'
import type { EmbeddedApi, EmbeddedConfig } from './embedded-config.js'
import {
  FrontendError,
  answerTo,
  formatAnswer,
  formatPlainAnswer,
  keepsConnection,
  noResource,
  plainError,
  type FrontendAnswer,
  type PlainAnswer,
} from './frontend-answer.js'
import { GrpcListener, type GrpcMethods } from './grpc/grpc-listener.js'
import { predictionMethods } from './grpc/predictions-service.js'
import { grpcErrorFrom } from './grpc/grpc-error.js'
import { Listener, type HttpConnection, type HttpRequest } from './http-server.js'
import { isApiDescription, routeInference } from './inference-routes.js'
import { LiveModel, liveNowMs } from './live-model.js'
import { routeManagement, type NewModel } from './management-routes.js'
import { ModelStore } from './model-store.js'
import { ServerMetrics } from './server-metrics.js'
import { Tokens } from './tokens.js'
import { routeOpenInference } from './open-inference/infer-routes.js'
import { inferErrorFrom, inferMethods } from './open-inference/infer-service.js'
import { createWakeTimer, type WakeTimer } from './wake-timer.js'

export interface EmbeddedPorts {
  inferencePort: number
  managementPort: number
  metricsPort: number
  /** gRPC inference API. */
  grpcPort: number
}

type Route = (request: HttpRequest, connection: HttpConnection, requestId: string) => void

/** initial_worker_port of the real server: a worker is identified by its port. */
const firstWorkerId = 9000

/** The embedded server: three listeners, the models behind them, and one timer for all models. */
export class EmbeddedServer {
  readonly config: EmbeddedConfig
  readonly models = new ModelStore()
  readonly metrics = new ServerMetrics()
  readonly tokens: Tokens | undefined
  private readonly logs: BatchLogs
  private readonly timer: WakeTimer
  private readonly inference: Listener
  private readonly management: Listener
  private readonly metricsListener: Listener
  private readonly grpc: GrpcListener
  private readonly outages: NodeJS.Timeout[] = []
  private workerId = firstWorkerId

  constructor(config: EmbeddedConfig) {
    this.config = config
    this.tokens = config.keyFile === undefined ? undefined : new Tokens(config.keyFile)
    this.logs = openBatchLogs(config)
    this.timer = createWakeTimer(() => {
      const nowMs = liveNowMs()
      for (const model of this.models.all()) model.advance(nowMs)
    })
    this.inference =
      config.api === 'oip' || config.api === 'custom'
        ? this.plainListener(config.inferencePort)
        : this.listener(config.inferencePort, (request, connection, requestId) => {
            if (!isApiDescription(request))
              this.tokens?.check(request.headers.get('authorization'), 'inference')
            routeInference(this, request, connection, requestId)
          })
    this.management = this.listener(config.managementPort, (request, connection, requestId) => {
      const isRenewal = request.path === '/token'
      if (!isRenewal) this.tokens?.check(request.headers.get('authorization'), 'management')
      void routeManagement(this, request)
        .catch(answerTo)
        .then((answer) => this.answer(connection, requestId, answer))
    })
    this.metricsListener = this.listener(config.metricsPort, (request, connection, requestId) => {
      if (request.path !== '/metrics') throw noResource()
      const contentType = 'text/plain; version=0.0.4; charset=utf-8'
      this.answer(connection, requestId, { status: 200, contentType, body: this.metrics.format() })
    })
    this.grpc = new GrpcListener(config.grpcPort, {
      maxMessageBytes: config.maxRequestBytes,
      authorize: ({ authorization }) => this.tokens?.check(authorization, 'inference'),
      methods: grpcMethods(this, config.api),
      errorFrom: config.api === 'oip' ? inferErrorFrom : grpcErrorFrom,
    })
  }

  /** Rejects with Node's error if a port is taken. */
  async open(): Promise<EmbeddedPorts> {
    // Wait for each one, even after a failure, because a listener that opens later could not be closed.
    const listeners = [this.inference, this.management, this.metricsListener, this.grpc]
    const opened = await Promise.allSettled(listeners.map((listener) => listener.open()))
    const failed = opened.find((outcome) => outcome.status === 'rejected')
    if (failed !== undefined) throw failed.reason
    return {
      inferencePort: this.inference.port,
      managementPort: this.management.port,
      metricsPort: this.metricsListener.port,
      grpcPort: this.grpc.port,
    }
  }

  async close(): Promise<void> {
    for (const outage of this.outages) clearTimeout(outage)
    const listeners = [this.inference, this.management, this.metricsListener, this.grpc]
    await Promise.all(listeners.map((listener) => listener.close()))
    await this.timer.close()
    await this.logs.close()
  }

  /** Adds a model without workers; throws TorchServe's error if it cannot. */
  register({ url, name, serverBatchSize, maxBatchDelayMs, responseTimeoutS }: NewModel): LiveModel {
    if (url.includes('..')) {
      throw new FrontendError(404, 'ModelNotFoundException', `Relative path is not allowed in url: ${url}`)
    }
    const archive = this.config.archives.find(({ file }) => file === url)
    if (archive === undefined) {
      throw new FrontendError(404, 'ModelNotFoundException', `Model not found at: ${url}`)
    }
    const settings = {
      name: name ?? archive.modelName,
      version: archive.version ?? '1.0',
      archive,
      serverBatchSize,
      maxBatchDelayMs,
      queueCapacity: this.config.jobQueueSize,
      responseTimeoutMs: responseTimeoutS * 1000,
      loadMs: this.config.workerLoadMs,
      seed: this.config.seed,
    }
    const model = new LiveModel(settings, {
      metrics: this.metrics,
      nextWorkerId: () => String(this.workerId++),
      wakeAt: (nextMs) => this.timer.set(nextMs),
      firstRequest: (faults) => this.outages.push(...planOutages(faults, [this.inference, this.grpc])),
      ...(this.logs.enabled && { batchFinished: (finished) => this.logs.write(finished) }),
    })
    this.models.add(model)
    return model
  }

  /**
   * Applies batch settings as TorchServe requires: it unregisters the model and registers it again. Resolves when the
   * workers are ready. Jobs in the queue of the old registration are never answered.
   */
  async configure(archive: string, batching: ServerBatching): Promise<void> {
    const known = this.models.all().find((model) => model.settings.archive.file === archive)
    if (known !== undefined) this.models.remove(known.settings.name, known.settings.version).scaleTo(0)
    const model = this.register({
      url: archive,
      serverBatchSize: batching.serverBatchSize,
      // A batch of one never waits, so its delay has no effect.
      maxBatchDelayMs: batching.maxBatchDelayMs ?? 100,
      responseTimeoutS: 120,
    })
    model.scaleTo(batching.workers)
    await model.whenReady()
  }

  answer(connection: HttpConnection, requestId: string, outcome: FrontendAnswer | FrontendError): void {
    const answer = outcome instanceof FrontendError ? answerTo(outcome) : outcome
    this.metrics.countAnswer(answer.status)
    connection.send(formatAnswer(answer, requestId), keepsConnection(answer))
  }

  /** The inference port of a server that is not TorchServe. */
  private plainListener(port: number): Listener {
    const { api, customPaths, maxRequestBytes } = this.config
    const errorKey = api === 'oip' ? 'error' : 'detail'
    return new Listener(port, {
      maxBodyBytes: maxRequestBytes,
      handle: (request, connection) => {
        const requestId = randomUUID()
        // As a gateway in front of such a server does (Envoy), so that the batches of a run are known.
        const added = api === 'oip' ? { 'x-request-id': requestId } : {}
        const answer = (outcome: PlainAnswer | Error) => {
          const plain = outcome instanceof Error ? plainError(outcome, errorKey) : outcome
          connection.send(formatPlainAnswer({ ...plain, headers: { ...plain.headers, ...added } }), true)
        }
        try {
          this.tokens?.check(request.headers.get('authorization'), 'inference')
          if (api === 'oip') routeOpenInference(this, request, requestId, answer)
          else routeCustom(this, customPaths, request, requestId, answer)
        } catch (error) {
          answer(error instanceof Error ? error : new Error(String(error)))
        }
      },
      malformed: (connection) =>
        connection.send(
          formatPlainAnswer({ status: 400, contentType: 'text/plain', body: 'Bad Request' }),
          false,
        ),
    })
  }

  private listener(port: number, route: Route): Listener {
    return new Listener(port, {
      maxBodyBytes: this.config.maxRequestBytes,
      handle: (request, connection) => {
        // An incoming x-request-id is ignored (http/Session.java:26).
        const requestId = randomUUID()
        try {
          route(request, connection, requestId)
        } catch (error) {
          this.answer(connection, requestId, answerTo(error))
        }
      },
      malformed: (connection) => {
        const error = new FrontendError(400, 'BadRequestException', 'Invalid HTTP message.')
        this.answer(connection, randomUUID(), answerTo(error))
      },
    })
  }
}

function grpcMethods(server: EmbeddedServer, api: EmbeddedApi): GrpcMethods {
  switch (api) {
    case 'torchserve-oip':
      return new Map([...predictionMethods(server), ...inferMethods(server, 'torchserve')])
    case 'oip':
      return inferMethods(server, 'standard')
    case 'custom':
      return new Map()
    case 'torchserve':
    default:
      return predictionMethods(server)
  }
}

/** The fault `refuse`: while it is active, the listeners are closed and open connections are reset. */
function planOutages(
  faults: readonly Fault[],
  listeners: readonly (Listener | GrpcListener)[],
): NodeJS.Timeout[] {
  return faults.flatMap(({ name, trigger }) => {
    if (name !== 'refuse' || trigger.kind !== 'window') return []
    return listeners.flatMap((listener) => {
      const begin = setTimeout(() => void listener.close(), trigger.fromMs)
      if (trigger.untilMs === Infinity) return [begin]
      return [begin, setTimeout(() => void listener.open(), trigger.untilMs)]
    })
  })
}
