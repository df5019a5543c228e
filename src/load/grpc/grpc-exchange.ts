import { nowUs } from '../../system/now-us.js'
import type { Exchange, OnEnd, RequestEnd } from '../exchange.js'
import type { BodyRequest } from '../body-parts.js'
import { GrpcResponse, type HeaderFields } from '../../server/grpc-response.js'
import { grpcStatusName } from '../../server/grpc-status.js'
import type { Http2Connection } from './http2-connection.js'
import type { Http2Stream, StreamFailure } from './http2-session.js'
import type { MessageBuilder } from './message-builder.js'
import type { FramedRequest } from './send-message.js'

/** What the calls of a thread share. */
export interface GrpcCalls {
  builder: MessageBuilder
  deadlineUs: number
  keepBody: boolean
  /** A connection of an edge device that has room for a call. */
  connectionFor: (client: number) => Http2Connection
  onRetry: (() => void) | undefined
}

/** A connection that was closed later than this after the send was closed with the request in the server's hands. */
const closeRaceUs = 1_000_000

/** One unary call after another. Each is a stream on a connection of its edge device. Times are µs. */
export class GrpcExchange<R extends BodyRequest> implements Exchange<R>, Http2Stream {
  sentUs = Number.NaN
  answeredUs = Number.NaN
  connectUs = Number.NaN
  errorCode: string | undefined
  reason: string | undefined
  malformed: Uint8Array | undefined
  readonly response: GrpcResponse
  /** Calls share connections, so any exchange is as good as another. */
  readonly open = true

  // The stream.
  id = 0
  window = 0
  headerBlock: Uint8Array = new Uint8Array(0)
  readonly pieces: Uint8Array[] = []
  messageBytes = 0
  framed: FramedRequest | undefined
  left = 0
  piece = 0
  offset = 0

  private request: R | undefined
  private connection: Http2Connection | undefined
  private begunUs = 0
  private mayRetry = false
  private isRetry = false
  /** Whether the call had to wait for its connection. */
  private waited = false
  private readonly calls: GrpcCalls
  private readonly onEnd: OnEnd<R>

  constructor(calls: GrpcCalls, onEnd: OnEnd<R>) {
    this.calls = calls
    this.onEnd = onEnd
    this.response = new GrpcResponse(calls.keepBody)
  }

  connect(client: number): void {
    this.calls.connectionFor(client)
  }

  build(request: BodyRequest): number {
    return this.calls.builder.build(request, this, this.response.requestId)
  }

  begin(request: R): void {
    this.request = request
    this.sentUs = Number.NaN
    this.answeredUs = Number.NaN
    this.connectUs = Number.NaN
    this.errorCode = undefined
    this.reason = undefined
    this.response.reset()
    this.isRetry = false
    this.begunUs = nowUs()
    this.place()
  }

  expireAt(now: number): void {
    if (this.request === undefined) return
    const sent = !Number.isNaN(this.sentUs)
    const since = sent ? this.sentUs : this.begunUs
    if (now - since < this.calls.deadlineUs) return
    // A server that has sent nothing at all since then may be gone. Further calls get a new connection.
    const connection = this.connection!
    connection.cancel(this, connection.receivedUs < since)
    if (!sent) this.errorCode = 'ETIMEDOUT'
    this.finish(sent ? 'timeout' : 'connection-error')
  }

  abort(): void {
    if (this.request === undefined) return
    this.connection?.cancel(this, false)
    this.finish('aborted')
  }

  onSend(): void {
    // The latency of a call that is sent again counts from its first send.
    if (this.isRetry) return
    if (this.waited) this.connectUs = this.connection!.connectUs
    this.sentUs = nowUs()
  }

  onNoRoom(): void {
    this.place()
  }

  onHeaders(fields: HeaderFields, endStream: boolean): void {
    this.response.headers(fields, endStream)
    this.advance()
  }

  onData(bytes: Uint8Array, from: number, to: number, endStream: boolean): void {
    this.response.add(bytes, from, to, endStream)
    this.advance()
  }

  onFailure(failure: StreamFailure): void {
    if (failure.kind === 'malformed') {
      this.malformed = failure.received
      this.response.problem = failure.problem
      this.finish('malformed')
      return
    }
    if (this.canRetry(failure)) {
      this.isRetry = true
      this.calls.onRetry?.()
      // Meanwhile, another call may have written its id into the kept message.
      this.build(this.request!)
      this.place()
      return
    }
    if (failure.kind === 'closed') {
      this.errorCode = failure.errorCode
      this.reason = failure.reason
    } else this.reason = failure.reason
    this.finish('connection-error')
  }

  private place(): void {
    const connection = this.calls.connectionFor(this.request!.client)
    const isReady = connection.state === 'ready'
    this.mayRetry = isReady && connection.streams === 0
    this.waited = !isReady
    this.connection = connection
    connection.begin(this)
  }

  /**
   * A call that the server has not processed is sent again, once, as gRPC does (gRFC A6, "Transparent Retries"), and so
   * is one on a connection that the server closed, because it was idle, when the call was on its way.
   */
  private canRetry({ kind }: StreamFailure): boolean {
    if (this.isRetry || !this.response.untouched) return false
    if (kind === 'unprocessed') return true
    return kind === 'closed' && this.mayRetry && nowUs() - this.sentUs < closeRaceUs
  }

  private advance(): void {
    const { response } = this
    if (response.state === 'incomplete') return
    this.answeredUs = nowUs()
    if (response.state === 'complete') {
      this.finish('answered')
      return
    }
    if (response.state === 'deadline') {
      this.reason = `${grpcStatusName(response.head.status)}: ${response.message}`
      this.finish('timeout')
      return
    }
    // Without an effect if the stream has ended.
    this.connection!.cancel(this, false)
    this.malformed = response.beginning
    this.finish('malformed')
  }

  private finish(end: RequestEnd): void {
    const request = this.request!
    this.request = undefined
    this.connection = undefined
    this.onEnd(this, request, end)
  }
}
