import type { Socket } from 'node:net'
import { ChunkedBody } from '../../system/chunked-body.js'
import { parseHead, splitTarget } from './http-request.js'
import type { HttpRequest, RequestHead } from './http-request.js'

export interface HttpHandler {
  /** max_request_size of the real server: longer bodies get an empty 413. */
  maxBodyBytes: number
  handle(request: HttpRequest, connection: HttpConnection): void
  /** What is not HTTP at all. */
  malformed(connection: HttpConnection): void
}

const maxHeadBytes = 65_536
const headEnd = Buffer.from('\r\n\r\n')
/** As netty's HttpObjectAggregator writes it: no JSON, none of the usual headers, connection kept. */
const tooLarge = 'HTTP/1.1 413 Request Entity Too Large\r\ncontent-length: 0\r\n\r\n'
const nothing = Buffer.alloc(0)

/**
 * One client connection. Body chunks are kept as they came, never joined: the parts of the server that need
 * them in one piece join them.
 */
export class HttpConnection {
  private readonly socket: Socket
  private readonly handler: HttpHandler
  /** Bytes of a head that is not complete. */
  private pending: Buffer = nothing
  private head: RequestHead | undefined
  private body: Buffer[] = []
  private bodyBytes = 0
  /** Bytes of the body still to come; of a refused one, to be thrown away. */
  private missing = 0
  private discarding = false
  private chunked: ChunkedBody | undefined
  private closing = false

  constructor(socket: Socket, handler: HttpHandler) {
    this.socket = socket
    this.handler = handler
    socket.setNoDelay(true)
    socket.on('data', (chunk) => this.receive(chunk))
    // A client that goes away does not cancel its job, and is nobody's error here.
    socket.on('error', () => socket.destroy())
  }

  /**
   * Writes an answer in one piece; one to a connection that is gone is lost, as on the real server. Whether the
   * connection stays open is the server's decision alone: the real one ignores `connection: close` of a request.
   */
  send(answer: string, keepAlive: boolean): void {
    if (this.socket.destroyed || this.closing) return
    this.closing = !keepAlive
    if (keepAlive) this.socket.write(answer, 'utf8')
    else this.socket.end(answer, 'utf8')
  }

  private receive(chunk: Buffer): void {
    let rest: Buffer | undefined = chunk
    while (rest !== undefined && rest.length > 0 && !this.closing) {
      rest = this.head === undefined ? this.receiveHead(rest) : this.receiveBody(rest)
    }
  }

  /** Returns what follows the head, or undefined where it is not complete. */
  private receiveHead(chunk: Buffer): Buffer | undefined {
    const bytes = this.pending.length === 0 ? chunk : Buffer.concat([this.pending, chunk])
    const end = bytes.indexOf(headEnd)
    if (end < 0) {
      this.pending = bytes
      if (bytes.length > maxHeadBytes) this.handler.malformed(this)
      return undefined
    }
    this.pending = nothing
    const head = parseHead(bytes.toString('latin1', 0, end))
    if (head === undefined) {
      this.handler.malformed(this)
      return undefined
    }
    return this.startBody(head, bytes.subarray(end + headEnd.length))
  }

  private startBody(head: RequestHead, rest: Buffer): Buffer | undefined {
    const length = head.headers.get('content-length')
    this.head = head
    this.discarding = false
    if (head.headers.get('transfer-encoding')?.toLowerCase() === 'chunked') {
      this.chunked = new ChunkedBody()
      this.expectContinue(head)
      return rest
    }
    this.missing = length === undefined ? 0 : Number(length)
    if (!Number.isSafeInteger(this.missing) || this.missing < 0) {
      this.handler.malformed(this)
      return undefined
    }
    if (this.missing > this.handler.maxBodyBytes) this.refuse()
    else this.expectContinue(head)
    if (this.missing === 0) this.finish()
    return rest
  }

  private expectContinue(head: RequestHead): void {
    if (head.headers.get('expect')?.toLowerCase() === '100-continue') {
      this.socket.write('HTTP/1.1 100 Continue\r\n\r\n')
    }
  }

  /** Returns what follows the body, or undefined where it is not complete. */
  private receiveBody(chunk: Buffer): Buffer | undefined {
    if (this.chunked !== undefined) return this.receiveChunks(chunk, this.chunked)
    const part = chunk.length > this.missing ? chunk.subarray(0, this.missing) : chunk
    this.missing -= part.length
    this.keep(part)
    if (this.missing === 0) this.finish()
    return chunk.length > part.length ? chunk.subarray(part.length) : undefined
  }

  private receiveChunks(chunk: Buffer, chunks: ChunkedBody): Buffer | undefined {
    const end = chunks.feed(chunk, 0, chunk.length, (from, to) => {
      this.keep(chunk.subarray(from, to))
      return true
    })
    if (chunks.state === 'bad') this.handler.malformed(this)
    if (chunks.state !== 'complete') return undefined
    this.finish()
    return chunk.subarray(end)
  }

  private keep(part: Buffer): void {
    this.bodyBytes += part.length
    if (this.bodyBytes > this.handler.maxBodyBytes && !this.discarding) this.refuse()
    if (this.discarding) this.body.length = 0
    else this.body.push(part)
  }

  private refuse(): void {
    this.discarding = true
    this.send(tooLarge, true)
  }

  private finish(): void {
    const { head, body, bodyBytes, discarding } = this
    this.head = undefined
    this.chunked = undefined
    this.body = []
    this.bodyBytes = 0
    if (head === undefined || discarding) return
    const { method, headers } = head
    const { path, query } = splitTarget(head.target)
    this.handler.handle({ method, path, query, headers, body, bodyBytes }, this)
  }
}
