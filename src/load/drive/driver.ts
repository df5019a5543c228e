import { Outcome, Phase } from '../../run/record.js'
import { nowUs } from '../../system/now-us.js'
import type { ClassifyAnswer } from '../answer/classify-answer.js'
import type { BodyRequest } from '../body-parts.js'
import type { Exchange, LoadEngine, RequestEnd } from '../exchange.js'
import type { FailureLog } from './failure-log.js'
import type { Recorder } from './recorder.js'

/** Sends one thread's share of a load, closed or cameras. Times are µs since the start. */
export interface Driver {
  /** Opens the first connections. Called before the start. */
  prepare(): void
  begin(atUs: number): void
  /** Sends the requests that are due. */
  pump(nowUs: number): void
  /** Checks deadlines and pauses; called about every 20 ms. */
  tick(nowUs: number): void
  /** True while a request of the window is pending: not answered, failed or dropped. */
  hasPendingOfWindow(): boolean
  /** True if nothing more will become due and no request is in flight. */
  finished(): boolean
  /** Stops sending. With `flush`, partial batches are still sent. Waiting requests are aborted. */
  stop(nowUs: number, flush: boolean): void
  /** Number of requests in flight. */
  openRequests(): number
  /** Ends every request in flight as `aborted` and closes all connections. */
  abort(): void
}

/** What is recorded about a request besides its times. */
export interface OpenRequest extends BodyRequest {
  request: number
  dueUs: number
  bodyBytes: number
}

/** Sends requests and records how each one ends. */
interface RequestSender<R extends OpenRequest> {
  /** A new exchange, not yet connected. */
  open(): Exchange<R>
  /** Sends by an exchange that has no request in flight. */
  send(exchange: Exchange<R>, request: R): void
}

export interface DriverParts {
  engine: LoadEngine
  classify: ClassifyAnswer
  recorder: Recorder
  failures: FailureLog
  /** Called with each answer that is an error. */
  onHttpError: (status: number, body: Uint8Array | undefined) => void
  /** The start on the monotonic clock; NaN until it is known. */
  start: { us: number }
}

/**
 * `onEnd` is called after the end of a request was recorded, with its outcome and end time. `framesMeasured`: how many
 * frames of the request belong to the measured phase; asked only if the request failed.
 */
export function createRequestSender<R extends OpenRequest>(
  parts: DriverParts,
  onEnd: (exchange: Exchange<R>, request: R, outcome: number, atUs: number) => void,
  framesMeasured: (request: R) => number,
): RequestSender<R> {
  const { engine, classify, recorder, failures, start } = parts
  const { sample } = recorder

  function ended(exchange: Exchange<R>, request: R, end: RequestEnd): void {
    const { response } = exchange
    const answered = end === 'answered' || end === 'malformed'
    const found = classify(end, response.head.status, response.body, request.clipFrames)
    sample.request = request.request
    sample.outcome = found.outcome
    sample.status = answered ? response.head.status : 0
    sample.frames = request.clipFrames.length
    sample.firstFrame = request.clipFrames[0]!
    sample.client = request.client
    sample.dueUs = request.dueUs
    sample.sentUs = exchange.sentUs - start.us
    sample.answeredUs = end === 'answered' ? exchange.answeredUs - start.us : Number.NaN
    sample.connectUs = exchange.connectUs
    sample.bodyBytes = request.bodyBytes
    sample.answerBytes = answered ? response.bodyBytes : 0
    sample.answerDeviation = found.deviation
    sample.serverRequestId = response.head.serverRequestId
    const { outcome } = found
    recorder.requestEnded()
    if (outcome !== Outcome.ok) {
      if (outcome === Outcome['http-error']) parts.onHttpError(response.head.status, response.body)
      const requests = recorder.phaseAt(request.dueUs) === Phase.measured ? 1 : 0
      const framesInRequest = request.clipFrames.length
      failures.add({ outcome, end, exchange, framesInRequest }, { requests, frames: framesMeasured(request) })
    }
    onEnd(exchange, request, outcome, end === 'answered' ? sample.answeredUs : nowUs() - start.us)
  }

  return {
    open: () => engine.open(ended),
    send(exchange, request) {
      request.bodyBytes = exchange.build(request)
      recorder.requestBegun()
      exchange.begin(request)
    },
  }
}
