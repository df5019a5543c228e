import { ChunkedBody } from '../../system/chunked-body.js'
import { clearId, emptyHead, parseResponseHead } from './response-head.js'

export interface ResponseLimits {
  maxHeadBytes: number
  maxBodyBytes: number
}

/** Stored of the body of an error answer: enough for what the server says. */
const maxErrorBodyBytes = 4096

const defaultLimits: ResponseLimits = { maxHeadBytes: 64 * 1024, maxBodyBytes: 64 * 1024 * 1024 }

const httpPrefix = Uint8Array.from(Buffer.from('HTTP/1.', 'latin1'))
const LF = 0x0a
const CR = 0x0d

/**
 * Parses one response after another from a connection, independent of how its bytes are split: content-length, chunked,
 * close-delimited, 1xx before the answer, 204 and 304. Never throws: if the response is not HTTP/1.x or exceeds a
 * limit, the state is `bad` from the first byte that shows it.
 */
export class ResponseReader {
  state: 'incomplete' | 'complete' | 'bad' = 'incomplete'
  readonly head = emptyHead()
  /** Why the state is `bad`. */
  problem = ''
  /** Bytes of the body so far, stored or not. */
  bodyBytes = 0
  private readonly limits: ResponseLimits
  private readonly keepBody: boolean
  private part: 'head' | 'length' | 'chunked' | 'until-close' = 'head'
  /** The bytes of a head that arrives in pieces. */
  private headSoFar: Uint8Array | undefined
  private headLength = 0
  /** 0: inside a line; 1: after LF; 2: after LF CR. */
  private lineState = 0
  private chunks: ChunkedBody | undefined
  private kept: Uint8Array | undefined
  private keptBytes = 0

  constructor(keepBody: boolean, limits: ResponseLimits = defaultLimits) {
    this.keepBody = keepBody
    this.limits = limits
  }

  /** Prepares for the next response. */
  reset(): void {
    this.state = 'incomplete'
    this.head.status = 0
    clearId(this.head.serverRequestId)
    this.bodyBytes = 0
    this.kept = undefined
    this.keptBytes = 0
    this.expectHead()
  }

  /**
   * The body of a complete response; of an error answer its beginning. Undefined if bodies are not stored and the status
   * is 200. It is a view that is valid until the next read.
   */
  get body(): Uint8Array | undefined {
    if (!this.keepBody && this.head.status === 200) return undefined
    return this.kept?.subarray(0, this.keptBytes) ?? new Uint8Array(0)
  }

  /** True if no byte of a response has arrived yet. */
  get untouched(): boolean {
    return this.part === 'head' && this.headLength === 0 && this.state === 'incomplete'
  }

  /** Processes bytes[from, to); returns the index after the last byte that belongs to this response. */
  feed(bytes: Uint8Array, from: number, to: number): number {
    let at = from
    while (at < to && this.state === 'incomplete') {
      if (this.part === 'head') at = this.feedHead(bytes, at, to)
      else if (this.part === 'chunked') at = this.feedChunks(bytes, at, to)
      else at = this.feedPlain(bytes, at, to)
    }
    return at
  }

  /** Called when the server has closed the connection: completes a close-delimited body. */
  end(): void {
    if (this.part === 'until-close' && this.state === 'incomplete') this.state = 'complete'
  }

  private expectHead(): void {
    this.part = 'head'
    this.headLength = 0
    this.lineState = 0
  }

  private feedHead(bytes: Uint8Array, from: number, to: number): number {
    const before = this.headLength
    for (let i = before; i < httpPrefix.length && from + i - before < to; i++) {
      if (bytes[from + i - before] !== httpPrefix[i]) return this.fail(from, 'it does not begin with HTTP/1.')
    }
    if (before === 0) {
      // Usually the whole head arrives at once.
      const end = parseResponseHead(bytes, from, Math.min(to, from + this.limits.maxHeadBytes), this.head)
      if (end >= 0) {
        this.headDone(true)
        return end
      }
    }
    const end = this.findHeadEnd(bytes, from, to)
    const stop = end < 0 ? to : end
    this.headLength += stop - from
    if (this.headLength > this.limits.maxHeadBytes) return this.fail(from, 'its header is too long')
    this.storeHead(bytes, from, stop, before)
    if (end >= 0) this.headDone(parseResponseHead(this.headSoFar!, 0, this.headLength, this.head) >= 0)
    return stop
  }

  /** The index after the empty line; −1 if it has not arrived yet. */
  private findHeadEnd(bytes: Uint8Array, from: number, to: number): number {
    let state = this.lineState
    for (let at = from; at < to; at++) {
      const byte = bytes[at]!
      if (byte === LF) {
        if (state !== 0) return at + 1
        state = 1
      } else state = byte === CR && state === 1 ? 2 : 0
    }
    this.lineState = state
    return -1
  }

  private storeHead(bytes: Uint8Array, from: number, to: number, at: number): void {
    const needed = at + to - from
    if (this.headSoFar === undefined || this.headSoFar.length < needed) {
      const larger = new Uint8Array(Math.max(1024, needed * 2))
      if (this.headSoFar !== undefined) larger.set(this.headSoFar.subarray(0, at))
      this.headSoFar = larger
    }
    this.headSoFar.set(bytes.subarray(from, to), at)
  }

  private headDone(good: boolean): void {
    const { head, limits } = this
    if (!good) this.fail(0, 'its header is malformed')
    else if (head.status === 101) this.fail(0, 'it switches to another protocol')
    else if (head.status < 200) this.expectHead()
    else if (head.status === 204 || head.status === 304) this.state = 'complete'
    else if (head.chunked) {
      this.part = 'chunked'
      this.chunks = new ChunkedBody()
    } else if (head.contentLength > limits.maxBodyBytes) this.fail(0, this.tooLong())
    else if (head.contentLength === 0) this.state = 'complete'
    else if (head.contentLength > 0) this.part = 'length'
    else {
      this.part = 'until-close'
      head.keepAlive = false
    }
  }

  private feedPlain(bytes: Uint8Array, from: number, to: number): number {
    const { contentLength } = this.head
    const end = this.part === 'length' ? Math.min(to, from + contentLength - this.bodyBytes) : to
    if (!this.take(bytes, from, end)) return this.fail(end, this.tooLong())
    if (this.part === 'length' && this.bodyBytes === contentLength) this.state = 'complete'
    return end
  }

  private feedChunks(bytes: Uint8Array, from: number, to: number): number {
    const chunks = this.chunks!
    const end = chunks.feed(bytes, from, to, (start, stop) => this.take(bytes, start, stop))
    this.state = chunks.state
    if (this.state === 'bad')
      this.problem = this.bodyBytes > this.limits.maxBodyBytes ? this.tooLong() : 'its chunks are malformed'
    return end
  }

  /** Returns false if the body exceeds its limit. */
  private take(bytes: Uint8Array, from: number, to: number): boolean {
    this.bodyBytes += to - from
    if (this.bodyBytes > this.limits.maxBodyBytes) return false
    if (this.head.status !== 200) return this.takeError(bytes, from, to)
    if (!this.keepBody) return true
    if (this.kept === undefined && this.bodyBytes === this.head.contentLength) {
      // The whole body arrived at once, which is usual: no copy.
      this.kept = bytes.subarray(from, to)
      this.keptBytes = to - from
      return true
    }
    this.kept = withRoom(
      this.kept,
      this.keptBytes,
      Math.max(this.keptBytes + to - from, this.head.contentLength),
    )
    this.kept.set(bytes.subarray(from, to), this.keptBytes)
    this.keptBytes += to - from
    return true
  }

  /** Stores the beginning of the body of an error answer. */
  private takeError(bytes: Uint8Array, from: number, to: number): boolean {
    const room = Math.min(to - from, maxErrorBodyBytes - this.keptBytes)
    if (room <= 0) return true
    this.kept ??= new Uint8Array(maxErrorBodyBytes)
    this.kept.set(bytes.subarray(from, from + room), this.keptBytes)
    this.keptBytes += room
    return true
  }

  private tooLong(): string {
    return `its body has more than ${Math.round(this.limits.maxBodyBytes / 1e6)} MB`
  }

  private fail(at: number, problem: string): number {
    this.state = 'bad'
    this.problem = problem
    return at
  }
}

function withRoom(bytes: Uint8Array | undefined, used: number, needed: number): Uint8Array {
  if (bytes !== undefined && bytes.length >= needed) return bytes
  const larger = new Uint8Array(bytes === undefined ? needed : needed * 2)
  if (bytes !== undefined) larger.set(bytes.subarray(0, used))
  return larger
}
