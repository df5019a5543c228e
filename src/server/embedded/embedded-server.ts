import { randomUUID } from 'node:crypto'
import type { Alarm } from './alarm.js'
import { createAlarm } from './alarm.js'
import type { BatchLogs } from './batch-log.js'
import { openBatchLogs } from './batch-log.js'
import type { EmbeddedConfig } from './embedded-config.js'
import type { FrontendAnswer } from './frontend-answer.js'
import { FrontendError, errorAnswer, formatAnswer, keepsConnection } from './frontend-answer.js'
import { noResource } from './frontend-errors.js'
import type { HttpConnection } from './http-connection.js'
import type { HttpRequest } from './http-request.js'
import { isApiDescription, routeInference } from './inference-routes.js'
import { Listener } from './listener.js'
import { LiveModel, liveNowMs } from './live-model.js'
import { routeManagement } from './management-routes.js'
import { ModelStore } from './model-store.js'
import type { Registration } from './registration.js'
import { ServerMetrics } from './server-metrics.js'
import { Tokens } from './tokens.js'
import type { Fault } from '../../scenario/grammar/faults.js'

export interface EmbeddedPorts {
  inferencePort: number
  managementPort: number
  metricsPort: number
}

type NewModel = Pick<Registration, 'batchSize' | 'maxBatchDelayMs' | 'responseTimeoutS'> & {
  url: string
  name?: string | undefined
}

type Route = (request: HttpRequest, connection: HttpConnection, requestId: string) => void

/** initial_worker_port of the real server: its workers are told apart by their ports. */
const firstWorkerId = 9000

/** The whole embedded server: three listeners, the models behind them, one alarm for all of them. */
export class EmbeddedServer {
  readonly config: EmbeddedConfig
  readonly models = new ModelStore()
  readonly metrics = new ServerMetrics()
  private readonly tokens: Tokens | undefined
  private readonly logs: BatchLogs
  private readonly alarm: Alarm
  private readonly inference: Listener
  private readonly management: Listener
  private readonly metricsListener: Listener
  private readonly outages: NodeJS.Timeout[] = []
  private workerId = firstWorkerId

  constructor(config: EmbeddedConfig) {
    this.config = config
    this.tokens = config.keyFile === undefined ? undefined : new Tokens(config.keyFile)
    this.logs = openBatchLogs(config)
    this.alarm = createAlarm(() => {
      const nowMs = liveNowMs()
      for (const model of this.models.all()) model.advance(nowMs)
    })
    this.inference = this.listener(config.inferencePort, (request, connection, requestId) => {
      if (!isApiDescription(request)) this.tokens?.check(request.headers.get('authorization'), 'inference')
      routeInference(this, request, connection, requestId)
    })
    this.management = this.listener(config.managementPort, (request, connection, requestId) => {
      const isRenewal = request.path === '/token'
      if (!isRenewal) this.tokens?.check(request.headers.get('authorization'), 'management')
      routeManagement(this, request).then(
        (answer) => this.answer(connection, requestId, answer),
        (error: unknown) => this.answer(connection, requestId, errorAnswer(asFrontendError(error))),
      )
    })
    this.metricsListener = this.listener(config.metricsPort, (request, connection, requestId) => {
      if (request.path !== '/metrics') throw noResource()
      const body = this.metrics.format()
      const contentType = 'text/plain; version=0.0.4; charset=utf-8'
      this.answer(connection, requestId, { status: 200, contentType, body })
    })
  }

  async open(): Promise<EmbeddedPorts> {
    await Promise.all([this.inference.open(), this.management.open(), this.metricsListener.open()])
    return {
      inferencePort: this.inference.port,
      managementPort: this.management.port,
      metricsPort: this.metricsListener.port,
    }
  }

  async close(): Promise<void> {
    for (const outage of this.outages) clearTimeout(outage)
    await Promise.all([this.inference.close(), this.management.close(), this.metricsListener.close()])
    await this.alarm.close()
    await this.logs.close()
  }

  /** Adds a model without workers; TorchServe's errors where it cannot. */
  register({ url, name, batchSize, maxBatchDelayMs, responseTimeoutS }: NewModel): LiveModel {
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
      batchSize,
      maxBatchDelayMs,
      queueCapacity: this.config.jobQueueSize,
      responseTimeoutMs: responseTimeoutS * 1000,
      loadMs: this.config.workerLoadMs,
      seed: this.config.seed,
    }
    const model = new LiveModel(settings, {
      metrics: this.metrics,
      nextWorkerId: () => String(this.workerId++),
      rearm: (nextMs) => this.alarm.set(nextMs),
      firstRequest: (faults) => this.outages.push(...planOutages(faults, this.inference)),
      ...(this.logs.enabled && { batchFinished: (finished) => this.logs.write(finished) }),
    })
    this.models.add(model)
    return model
  }

  renewToken(request: HttpRequest): FrontendAnswer {
    if (this.tokens === undefined) throw noResource()
    return this.tokens.renew(request.headers.get('authorization'), request.query.get('type'))
  }

  answer(connection: HttpConnection, requestId: string, answer: FrontendAnswer): void {
    this.metrics.countAnswer(answer.status)
    connection.send(formatAnswer(answer, requestId), keepsConnection(answer))
  }

  private listener(port: number, route: Route): Listener {
    return new Listener(port, {
      maxBodyBytes: this.config.maxRequestBytes,
      handle: (request, connection) => {
        // An incoming x-request-id is ignored (S/http/Session.java:26).
        const requestId = randomUUID()
        try {
          route(request, connection, requestId)
        } catch (error) {
          this.answer(connection, requestId, errorAnswer(asFrontendError(error)))
        }
      },
      malformed: (connection) => {
        const error = new FrontendError(400, 'BadRequestException', 'Invalid HTTP message.')
        this.answer(connection, randomUUID(), errorAnswer(error))
      },
    })
  }
}

function asFrontendError(error: unknown): FrontendError {
  if (error instanceof FrontendError) return error
  return new FrontendError(
    500,
    'InternalServerException',
    error instanceof Error ? error.message : String(error),
  )
}

/** The fault `refuse`: from now on, at its times, nobody listens and what was connected is broken off. */
function planOutages(faults: readonly Fault[], listener: Listener): NodeJS.Timeout[] {
  return faults.flatMap(({ name, trigger }) => {
    if (name !== 'refuse' || trigger.kind !== 'window') return []
    const begin = setTimeout(() => void listener.close(), trigger.fromMs)
    if (trigger.untilMs === Infinity) return [begin]
    return [begin, setTimeout(() => void listener.open(), trigger.untilMs)]
  })
}
