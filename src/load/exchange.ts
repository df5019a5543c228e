import type { ConnectionOptions } from 'node:tls'
import type { Payload } from '../frames/payload/payload.js'
import type { Endpoint } from '../server/endpoint.js'
import type { BodyRequest } from './body-parts.js'
import type { ConnectionTarget } from './connection-target.js'
import type { ResponseHead } from './http/response-head.js'

/** How a request ended. `malformed`: what came is no answer of the protocol. The answer is classified elsewhere. */
export type RequestEnd = 'answered' | 'malformed' | 'timeout' | 'connection-error' | 'aborted'

/** The answer to a request, as far as it has arrived. */
export interface Answer {
  /** `status` is that of HTTP. Over gRPC, OK is 200 and every other status is its own code, 1 to 16. */
  readonly head: Pick<ResponseHead, 'status' | 'serverRequestId'>
  /** Valid until the next read. Undefined if bodies are not kept and the status is 200. */
  readonly body: Uint8Array | undefined
  readonly bodyBytes: number
  /** True if nothing of an answer has arrived. */
  readonly untouched: boolean
  /** Why it is malformed. */
  readonly problem: string
}

/**
 * Sends one request after another, at most one at a time. `R` is the type of the owner's request, which is passed back
 * when the request ends. Times are µs on the monotonic clock; NaN if the event never happened.
 */
export interface Exchange<R> {
  /** When the first byte of the request went to the socket. */
  readonly sentUs: number
  /** When the last byte of the answer arrived. */
  readonly answeredUs: number
  /** Set if the request had to wait for a new connection. */
  readonly connectUs: number
  /** Valid in `onEnd` for the ends `answered` and, as far as received, `malformed`. */
  readonly response: Answer
  /** The system's code for the end `connection-error`, such as ECONNRESET; undefined if the server just closed. */
  readonly errorCode: string | undefined
  /** What the protocol says about a `connection-error` or `timeout`, such as GOAWAY; undefined if nothing. */
  readonly reason: string | undefined
  /** Received bytes that are no answer, shortened; for the end `malformed`. */
  readonly malformed: Uint8Array | undefined
  /** False if the next request has to connect first. */
  readonly open: boolean
  /** Connects before the first request of this edge device or request loop. */
  connect: (client: number) => void
  /** Prepares the bytes of the request that begins next; returns those of its body. */
  build: (request: BodyRequest) => number
  /** Sends the request now, or as soon as it is connected. */
  begin: (request: R) => void
  /** Ends a request whose deadline has passed. The deadline includes the time to connect. Called about every 20 ms. */
  expireAt: (now: number) => void
  /** Ends the request in flight, and closes its connection if that is its own. */
  abort: () => void
}

/** Called once per request. It may begin the next request immediately. */
export type OnEnd<R> = (exchange: Exchange<R>, request: R, end: RequestEnd) => void

/** What a load thread gives its engine. */
export interface EngineSettings {
  payload: Payload
  endpoint: Endpoint
  deadlineMs: number
  /** Header fields of the settings and the token. */
  headers: Record<string, string>
  target: ConnectionTarget
  /** Options of tls.connect, made once per thread, because they parse certificates. Undefined without TLS. */
  tls: ConnectionOptions | undefined
  /** Whether the bodies of answers are stored. */
  keepBody: boolean
  /** Called when a request is sent again, because the server had closed the connection before it got it. */
  onRetry: () => void
  /** Shared by all connections of a thread, because every read is processed before the next one. */
  readBuffer: Uint8Array
}

/** How requests travel. Each load thread has one. */
export interface LoadEngine {
  /** What every answer has to be, for messages about one that is not. */
  answerName: string
  open: <R extends BodyRequest>(onEnd: OnEnd<R>) => Exchange<R>
  /** Replaces the header fields of all further requests, because a token has changed. */
  setHeaders: (headers: Record<string, string>) => void
  /** Closes all connections. Requests in flight have ended. */
  close: () => void
}
