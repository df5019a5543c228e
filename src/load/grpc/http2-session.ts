import type { Socket } from 'node:net'
import { HeaderBlocks, unpadded } from './header-blocks.js'
import type { HeaderFields } from '../../server/grpc-response.js'
import {
  connectionPreface,
  defaultWindowBytes,
  ErrorCode,
  errorCodeName,
  FrameFlag,
  FrameReader,
  FrameType,
  http2Frame,
  numberFrame,
  readUint31,
  Setting,
  settingsFrame,
  type ReceivedFrame,
} from './http2-frame.js'
import { beginMessage, continueMessage, type OutgoingMessage } from './send-message.js'

/** Why a stream ended without a complete answer. */
export type StreamFailure =
  /** The server has not processed the request, which may be sent again (RFC 9113, 8.7): GOAWAY or REFUSED_STREAM. */
  | { kind: 'unprocessed'; reason: string }
  /** The server ended the stream by RST_STREAM. */
  | { kind: 'reset'; reason: string }
  /** The connection ended. `errorCode`: the system's, such as ECONNRESET; `reason`: in words. */
  | { kind: 'closed'; errorCode?: string | undefined; reason?: string | undefined }
  /** The server sent bytes that are not HTTP/2. */
  | { kind: 'malformed'; problem: string; received: Uint8Array }

/** One request and its answer. */
export interface Http2Stream extends OutgoingMessage {
  /** The first bytes go to the socket now. */
  onSend: () => void
  /** The connection, which had to be waited for, takes fewer streams. */
  onNoRoom: () => void
  /** `endStream`: nothing follows. */
  onHeaders: (fields: HeaderFields, endStream: boolean) => void
  /** The data bytes[from, to) is valid until it returns. */
  onData: (bytes: Uint8Array, from: number, to: number, endStream: boolean) => void
  onFailure: (failure: StreamFailure) => void
}

export interface SessionEvents {
  /** The server's first SETTINGS came. */
  onReady: () => void
  /** The server wants no more streams; those that it has not processed were ended. */
  onGoAway: (reason: string) => void
}

/** Larger than any answer that is accepted, so that no answer waits for us. */
const streamWindowBytes = 2 ** 27
/** For all answers of a connection. Half of it is given back at a time. */
const receiveWindowBytes = 2 ** 30
const lastStreamId = 0x7fff_ffff

/** What we send first: no push, no dynamic table of header fields, large windows. */
const opening = Buffer.concat([
  connectionPreface,
  settingsFrame([
    [Setting.headerTableSize, 0],
    [Setting.enablePush, 0],
    [Setting.initialWindowSize, streamWindowBytes],
  ]),
  numberFrame(FrameType.windowUpdate, 0, receiveWindowBytes - defaultWindowBytes),
])
const settingsAck = http2Frame(FrameType.settings, FrameFlag.ack, 0, new Uint8Array(0))

/** The client's side of HTTP/2 on a connected socket (RFC 9113): streams, windows, settings. */
export class Http2Session {
  readonly streams = new Map<number, Http2Stream>()
  mostStreams = Number.POSITIVE_INFINITY
  /** What the server's window of the connection allows to send. */
  sendWindow = defaultWindowBytes
  private streamWindow = defaultWindowBytes
  private isReady = false
  private nextId = 1
  private received = 0
  private readonly headers = new HeaderBlocks()
  private problem: string | undefined
  private readonly frames = new FrameReader((frame) => {
    this.problem = this.accept(frame)
    return this.problem === undefined && !this.socket.destroyed
  })
  private readonly socket: Socket
  private readonly events: SessionEvents

  constructor(socket: Socket, events: SessionEvents) {
    this.socket = socket
    this.events = events
    socket.write(opening)
  }

  /** True when no further stream can have an id. */
  get isUsedUp(): boolean {
    return this.nextId > lastStreamId
  }

  begin(stream: Http2Stream): void {
    stream.id = this.nextId
    stream.window = this.streamWindow
    this.nextId += 2
    this.streams.set(stream.id, stream)
    stream.onSend()
    beginMessage(this.socket, this, stream)
  }

  /** Ends a stream without a callback. The server may still send frames of it, which are ignored. */
  cancel(stream: Http2Stream): void {
    if (this.streams.delete(stream.id)) this.reset(stream)
  }

  /** Processes received bytes. Returns a text if they are not HTTP/2; then nothing more may be received. */
  feed(bytes: Uint8Array, length: number): string | undefined {
    this.frames.feed(bytes, length)
    if (!this.isReady && isTls(bytes, length)) return 'it is a message of TLS, so the server expects https://'
    const problem = this.problem ?? this.frames.problem
    return problem === undefined || this.isReady ? problem : 'it does not begin with HTTP/2 SETTINGS'
  }

  private reset({ id }: Http2Stream): void {
    this.socket.write(numberFrame(FrameType.rstStream, id, ErrorCode.cancel))
  }

  private accept(frame: ReceivedFrame): string | undefined {
    const { type, flags, stream, bytes, from, to } = frame
    if (!this.isReady && type !== FrameType.settings) return `it begins with a frame of type ${type}`
    if (this.headers.isOpen && type !== FrameType.continuation) return 'a header block is interrupted'
    switch (type) {
      case FrameType.data:
        return this.acceptData(frame)
      case FrameType.headers:
      case FrameType.continuation:
        return this.acceptHeaders(frame)
      case FrameType.settings:
        return this.acceptSettings(frame)
      case FrameType.windowUpdate:
        return to - from === 4
          ? this.openWindow(stream, readUint31(bytes, from))
          : 'a WINDOW_UPDATE is malformed'
      case FrameType.rstStream:
        return to - from === 4
          ? this.acceptReset(stream, readCode(bytes, from))
          : 'an RST_STREAM is malformed'
      case FrameType.ping:
        if ((flags & FrameFlag.ack) === 0)
          this.socket.write(http2Frame(FrameType.ping, FrameFlag.ack, 0, bytes.subarray(from, to)))
        return undefined
      case FrameType.goAway:
        return to - from >= 8 ? this.acceptGoAway(frame) : 'a GOAWAY is malformed'
      case FrameType.pushPromise:
        return 'it pushes an answer, which our SETTINGS forbid'
      default:
        // Extensions are ignored (RFC 9113, 5.5).
        return undefined
    }
  }

  private acceptData(frame: ReceivedFrame): string | undefined {
    const range = unpadded(frame)
    if (range === undefined) return 'a DATA frame is shorter than its padding'
    this.received += frame.to - frame.from
    if (this.received > receiveWindowBytes / 2) {
      this.socket.write(numberFrame(FrameType.windowUpdate, 0, this.received))
      this.received = 0
    }
    const endStream = (frame.flags & FrameFlag.endStream) !== 0
    const stream = this.streamOf(frame.stream, endStream)
    stream?.onData(frame.bytes, range.from, range.to, endStream)
    return undefined
  }

  private acceptHeaders(frame: ReceivedFrame): string | undefined {
    const block = this.headers.feed(frame)
    if (typeof block !== 'object') return block
    this.streamOf(block.stream, block.endStream)?.onHeaders(block.fields, block.endStream)
    return undefined
  }

  /** The stream of a frame. Its last frame removes it, and tells the server if it answered before it had everything. */
  private streamOf(id: number, endStream: boolean): Http2Stream | undefined {
    const stream = this.streams.get(id)
    if (stream === undefined || !endStream) return stream
    this.streams.delete(id)
    if (stream.left > 0) this.reset(stream)
    return stream
  }

  private acceptSettings({ flags, bytes, from, to }: ReceivedFrame): string | undefined {
    if ((flags & FrameFlag.ack) !== 0) return undefined
    if ((to - from) % 6 !== 0) return 'a SETTINGS frame is malformed'
    for (let at = from; at < to; at += 6) {
      const setting = (bytes[at]! << 8) | bytes[at + 1]!
      const value = readCode(bytes, at + 2)
      if (setting === Setting.maxConcurrentStreams) this.mostStreams = value
      if (setting !== Setting.initialWindowSize) continue
      const change = value - this.streamWindow
      this.streamWindow = value
      for (const stream of this.streams.values()) stream.window += change
    }
    this.socket.write(settingsAck)
    if (!this.isReady) {
      this.isReady = true
      this.events.onReady()
    }
    this.sendMore()
    return undefined
  }

  private openWindow(id: number, bytes: number): undefined {
    const stream = this.streams.get(id)
    if (id === 0) this.sendWindow += bytes
    else if (stream !== undefined) stream.window += bytes
    this.sendMore()
  }

  private sendMore(): void {
    for (const stream of this.streams.values()) {
      if (stream.left === 0 || stream.window <= 0) continue
      if (this.sendWindow <= 0) return
      this.socket.cork()
      continueMessage(this.socket, this, stream)
      this.socket.uncork()
    }
  }

  private acceptReset(id: number, code: number): undefined {
    const stream = this.streams.get(id)
    if (stream === undefined) return
    this.streams.delete(id)
    const reason = `the server ended the call by RST_STREAM ${errorCodeName(code)}`
    stream.onFailure({ kind: code === ErrorCode.refusedStream ? 'unprocessed' : 'reset', reason })
  }

  private acceptGoAway({ bytes, from, to }: ReceivedFrame): undefined {
    const last = readUint31(bytes, from)
    const debug = Buffer.from(bytes.subarray(from + 8, Math.min(to, from + 208))).toString('utf8')
    const code = errorCodeName(readCode(bytes, from + 4))
    const reason = `the server closed the connection by GOAWAY ${code} ${debug}`.trimEnd()
    this.events.onGoAway(reason)
    for (const [id, stream] of this.streams) {
      if (id <= last) continue
      this.streams.delete(id)
      stream.onFailure({ kind: 'unprocessed', reason })
    }
  }
}

/** A number of 32 bits. */
function readCode(bytes: Uint8Array, at: number): number {
  return readUint31(bytes, at) + (bytes[at]! >= 0x80 ? 2 ** 31 : 0)
}

/** A record of TLS, such as the alert about our plain text (RFC 8446, 5.1). As a frame it would be 1.4 MB. */
function isTls(bytes: Uint8Array, length: number): boolean {
  return length > 2 && bytes[0]! >= 0x14 && bytes[0]! <= 0x17 && bytes[1] === 3
}
