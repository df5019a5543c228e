import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import { nowUs } from '../../system/now-us.js'
import { closedEarly } from '../../server/send-grpc.js'
import { systemErrorCode } from '../../system/user-error.js'
import type { ConnectionTarget } from '../connection-target.js'
import { Http2Session, type Http2Stream, type StreamFailure } from './http2-session.js'

export interface Http2ConnectionSettings {
  target: ConnectionTarget
  /** Options of tls.connect, made once per thread. Undefined for http. */
  tls?: ConnectionOptions | undefined
  /** Shared by all connections of a thread, because every read is processed before the next one. */
  readBuffer: Uint8Array
}

/**
 * - `connecting`: TCP and TLS connect, then the server's SETTINGS are awaited, as grpc-go does. They show that it speaks
 *   HTTP/2, and how many streams it accepts. Streams wait. Leads to `ready`, `draining` or `closed`.
 * - `ready`: streams are sent. Leads to `draining` or `closed`.
 * - `draining`: takes no new stream, because the server sent GOAWAY, did not answer in time, or all stream ids are used.
 *   Leads to `closed` when the last stream has ended.
 * - `closed`: has no streams. Final, because a connection does not reconnect.
 */
type ConnectionState = 'connecting' | 'ready' | 'draining' | 'closed'

const noHttp2 = 'the server does not offer HTTP/2 over TLS (ALPN)'
/** Of bytes that are not HTTP/2, kept to be shown. */
const mostShownBytes = 300

/** A client's connection of HTTP/2 with its streams. Times are µs on the monotonic clock. */
export class Http2Connection {
  state: ConnectionState = 'connecting'
  /** From the constructor until streams could be sent; NaN before. */
  connectUs = Number.NaN
  /** When something was last received; 0 before. */
  receivedUs = 0
  private session: Http2Session | undefined
  private readonly waiting = new Set<Http2Stream>()
  private readonly socket: Socket
  private readonly startedUs = nowUs()
  private readonly onClosed: (connection: Http2Connection) => void
  private errorCode: string | undefined
  private reason: string | undefined

  constructor(settings: Http2ConnectionSettings, onClosed: (connection: Http2Connection) => void) {
    this.onClosed = onClosed
    this.socket = this.connect(settings)
  }

  /** Number of streams that are open or wait. */
  get streams(): number {
    return this.waiting.size + (this.session?.streams.size ?? 0)
  }

  /** True if a further stream can be sent now, or as soon as the connection is ready. */
  get hasRoom(): boolean {
    if (this.state === 'connecting') return true
    return this.state === 'ready' && this.session!.streams.size < this.session!.mostStreams
  }

  /** Sends the stream now, or as soon as the connection is ready. Requires `hasRoom`. */
  begin(stream: Http2Stream): void {
    if (this.state === 'connecting') {
      this.waiting.add(stream)
      return
    }
    this.session!.begin(stream)
    if (this.session!.isUsedUp) this.drain()
  }

  /** Ends a stream without a callback, and takes no new ones if the server does not seem to answer at all. */
  cancel(stream: Http2Stream, isSilent: boolean): void {
    if (!this.waiting.delete(stream)) this.session?.cancel(stream)
    if (isSilent) this.drain()
    this.closeIfDrained()
  }

  /** Ends all streams with this failure. */
  close(failure: StreamFailure): void {
    if (this.state === 'closed') return
    this.state = 'closed'
    this.socket.destroy()
    const open = [...(this.session?.streams.values() ?? []), ...this.waiting]
    this.session?.streams.clear()
    this.waiting.clear()
    this.onClosed(this)
    for (const stream of open) stream.onFailure(failure)
  }

  private drain(): void {
    if (this.state !== 'closed') this.state = 'draining'
  }

  private closeIfDrained(): void {
    if (this.state === 'draining' && this.streams === 0) this.close({ kind: 'closed' })
  }

  private connect({ target, readBuffer, tls }: Http2ConnectionSettings): Socket {
    const onread = {
      buffer: readBuffer,
      callback: (length: number, bytes: Uint8Array) => {
        this.received(bytes, length)
        return true
      },
    }
    const options = { host: target.address, port: target.port, onread }
    const isTls = target.tls !== undefined
    // Node accepts `onread` for TLS too (tls.connect, "options"); its types lack it.
    const socket = isTls ? connectTls({ ...options, ...tls, ALPNProtocols: ['h2'] }) : connectTcp(options)
    socket.setNoDelay(true)
    socket.on(isTls ? 'secureConnect' : 'connect', () => {
      if ('alpnProtocol' in socket && socket.alpnProtocol !== 'h2') {
        this.close({ kind: 'closed', reason: noHttp2 })
        return
      }
      this.session = new Http2Session(socket, {
        onReady: () => this.ready(),
        onGoAway: (reason) => {
          this.reason = reason
          this.drain()
        },
      })
    })
    socket.on('error', (error) => {
      this.errorCode = systemErrorCode(error)
      // Only a server that knows ALPN says so. Others just do not choose h2.
      if (this.errorCode === 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL') this.reason = noHttp2
      this.closed()
    })
    socket.on('end', () => this.closed())
    socket.on('close', () => this.closed())
    return socket
  }

  private ready(): void {
    this.connectUs = nowUs() - this.startedUs
    if (this.session!.mostStreams === 0) {
      this.close({ kind: 'closed', reason: 'the server allows no streams (SETTINGS_MAX_CONCURRENT_STREAMS)' })
      return
    }
    // A connection on which a call timed out before is draining; those that still wait are sent.
    const waiting = [...this.waiting]
    this.waiting.clear()
    if (this.state === 'connecting') this.state = 'ready'
    for (const stream of waiting) {
      if (this.session!.streams.size < this.session!.mostStreams) this.session!.begin(stream)
      else stream.onNoRoom()
    }
  }

  private closed(): void {
    const isEarly = this.state === 'connecting' && this.session !== undefined
    this.close({
      kind: 'closed',
      errorCode: this.errorCode,
      reason: this.reason ?? (isEarly ? closedEarly : undefined),
    })
  }

  private received(bytes: Uint8Array, length: number): void {
    if (this.state === 'closed' || this.session === undefined) return
    this.receivedUs = nowUs()
    const problem = this.session.feed(bytes, length)
    if (problem === undefined) this.closeIfDrained()
    else
      this.close({ kind: 'malformed', problem, received: bytes.slice(0, Math.min(length, mostShownBytes)) })
  }
}
