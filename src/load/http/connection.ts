import { connect as connectTcp, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { nowUs } from '../../system/now-us.js'
import { systemErrorCode } from '../../system/user-error.js'
import type { BodyRequest } from '../body-parts.js'
import type { ConnectionTarget } from '../connection-target.js'
import type { Exchange, OnEnd, RequestEnd } from '../exchange.js'
import type { RequestBuilder } from './request-builder.js'
import { ResponseReader } from './response-reader.js'

export interface ConnectionSettings {
  target: ConnectionTarget
  deadlineUs: number
  /** Whether the bodies of answers are stored. */
  keepBody: boolean
  /** Options of tls.connect, made once per thread, because they parse certificates. Undefined for http. */
  tls?: ConnectionOptions | undefined
  /** Called when a request is sent again, because the server had closed the idle connection. */
  onRetry?: (() => void) | undefined
  /** Shared by all connections of a thread, because every read is processed before the next one. */
  readBuffer: Uint8Array
  /** Replaced when the header fields of requests change. */
  builder: RequestBuilder
}

/** Of an answer that is not HTTP, kept to be shown. */
const mostShownBytes = 300

/** A connection that was closed later than this after the send was closed with the request in the server's hands. */
const closeRaceUs = 1_000_000

/**
 * One logical connection with at most one request in flight; it reconnects when the server has closed it. `R` is the
 * type of the owner's request, which is passed back when the request ends. Times are µs on the monotonic clock; NaN if
 * the event never happened.
 */
export class Connection<R> implements Exchange<R> {
  private request: R | undefined
  sentUs = Number.NaN
  answeredUs = Number.NaN
  connectUs = Number.NaN
  /** Valid in `onEnd` for the ends `answered` and, as far as received, `malformed`. */
  readonly response: ResponseReader
  /** The system's code for the end `connection-error`, such as ECONNRESET; undefined if the server just closed. */
  errorCode: string | undefined
  /** Received bytes that are not HTTP, shortened; for the end `malformed`. */
  malformed: Uint8Array | undefined
  /** HTTP/1.1 says nothing about a connection that it closes. */
  readonly reason = undefined
  /** Filled by `build`. Written to the socket without a copy. */
  readonly fragments: Uint8Array[] = []
  private readonly settings: ConnectionSettings
  private readonly onEnd: OnEnd<R>
  private socket: Socket | undefined
  private connected = false
  private begunUs = 0
  /** Whether the request began on a connection that was open before it, and was not sent again yet. */
  private mayRetry = false
  private isRetry = false

  constructor(settings: ConnectionSettings, onEnd: OnEnd<R>) {
    this.settings = settings
    this.onEnd = onEnd
    this.response = new ResponseReader(settings.keepBody)
  }

  get idle(): boolean {
    return this.request === undefined
  }

  /** False if the next request has to connect first. */
  get open(): boolean {
    return this.connected
  }

  build(request: BodyRequest): number {
    return this.settings.builder.build(request, this.fragments)
  }

  /** Sends the fragments now, or as soon as the connection is established. */
  begin(request: R): void {
    this.request = request
    this.sentUs = Number.NaN
    this.answeredUs = Number.NaN
    this.connectUs = Number.NaN
    this.errorCode = undefined
    this.response.reset()
    this.isRetry = false
    this.mayRetry = this.connected
    if (this.connected) {
      this.write()
      return
    }
    this.begunUs = nowUs()
    if (this.socket === undefined) this.connect()
  }

  /** Connects before the first request. */
  connect(): void {
    const { target, readBuffer } = this.settings
    const onread = {
      buffer: readBuffer,
      callback: (length: number, bytes: Uint8Array) => {
        if (this.socket === socket) this.received(bytes, length)
        return true
      },
    }
    const options = { host: target.address, port: target.port, onread }
    // Node accepts `onread` for TLS too (tls.connect, "options"); its types lack it.
    const socket =
      target.tls !== undefined
        ? connectTls({
            ...options,
            ...this.settings.tls,
            ALPNProtocols: ['http/1.1'],
          })
        : connectTcp(options)
    socket.setNoDelay(true)
    const startedUs = nowUs()
    this.socket = socket
    socket.on(target.tls !== undefined ? 'secureConnect' : 'connect', () => {
      if (this.socket !== socket) return
      this.connected = true
      if (this.request === undefined) return
      if (!this.isRetry) this.connectUs = nowUs() - startedUs
      this.write()
    })
    const closed = () => {
      if (this.socket === socket) this.closed()
    }
    socket.on('error', (error) => {
      if (this.socket === socket) this.errorCode = systemErrorCode(error)
      closed()
    })
    socket.on('end', closed)
    socket.on('close', closed)
  }

  /** Ends a request whose deadline has passed. The deadline includes the time to connect. Called about every 20 ms. */
  expireAt(now: number): void {
    if (this.request === undefined) return
    const sent = !Number.isNaN(this.sentUs)
    if (now - (sent ? this.sentUs : this.begunUs) < this.settings.deadlineUs) return
    this.drop()
    if (!sent) this.errorCode = 'ETIMEDOUT'
    this.finish(sent ? 'timeout' : 'connection-error')
  }

  /** Ends the request in flight and closes the connection. */
  abort(): void {
    this.drop()
    if (this.request !== undefined) this.finish('aborted')
  }

  private write(): void {
    const socket = this.socket!
    const { fragments } = this
    // The latency of a request that is sent again counts from its first send.
    if (!this.isRetry) this.sentUs = nowUs()
    if (fragments.length === 1) {
      socket.write(fragments[0]!)
      return
    }
    socket.cork()
    for (const fragment of fragments) socket.write(fragment)
    socket.uncork()
  }

  private received(bytes: Uint8Array, length: number): void {
    if (this.request === undefined) {
      // No request is in flight, so these bytes would be read as the next answer.
      this.drop()
      return
    }
    const { response } = this
    const used = response.feed(bytes, 0, length)
    if (response.state === 'incomplete') return
    this.answeredUs = nowUs()
    if (response.state === 'bad') {
      this.malformed = bytes.slice(0, Math.min(length, mostShownBytes))
      this.drop()
      this.finish('malformed')
      return
    }
    // TorchServe closes the connection after every status ≥ 400, so the next request on it would be lost.
    const reusable = response.head.keepAlive && response.head.status < 400
    if (!reusable || used < length || this.socket!.writableLength > 0) this.drop()
    this.finish('answered')
  }

  private closed(): void {
    const { request, response } = this
    this.drop()
    if (request === undefined) return
    if (this.mayRetry && response.untouched && nowUs() - this.sentUs < closeRaceUs) {
      this.retry()
      return
    }
    if (!Number.isNaN(this.sentUs)) response.end()
    if (response.state === 'complete') {
      this.answeredUs = nowUs()
      this.finish('answered')
    } else this.finish('connection-error')
  }

  /**
   * Sends the request again, once, on a new connection: the server had closed the idle one when the request was on its
   * way, so it never saw the request (RFC 9112, 9.3.1). Nothing of an answer has come.
   */
  private retry(): void {
    this.mayRetry = false
    this.isRetry = true
    this.errorCode = undefined
    this.settings.onRetry?.()
    this.connect()
  }

  private drop(): void {
    this.socket?.destroy()
    this.socket = undefined
    this.connected = false
  }

  private finish(end: RequestEnd): void {
    const request = this.request!
    this.request = undefined
    this.onEnd(this, request, end)
  }
}
