import { createServer, type Server, type Socket } from 'node:net'
import { ChunkedBody } from '../../system/chunked-body.js'

interface HttpHandler {
  /** max_request_size of the real server: longer bodies get an empty 413. */
  maxBodyBytes: number
  handle(request: HttpRequest, connection: HttpConnection): void
  /** Called for bytes that are not HTTP. */
  malformed(connection: HttpConnection): void
}

const maxHeadBytes = 65_536
const headEnd = Buffer.from('\r\n\r\n')
/** As netty's HttpObjectAggregator writes it: no JSON, none of the usual headers, connection kept. */
const tooLarge = 'HTTP/1.1 413 Request Entity Too Large\r\ncontent-length: 0\r\n\r\n'
const nothing = Buffer.alloc(0)

/** One client connection. Body chunks are kept as they arrive. Code that needs the whole body joins them. */
export class HttpConnection {
  private readonly socket: Socket
  private readonly handler: HttpHandler
  /** Bytes of a head that is not complete. */
  private pending: Buffer = nothing
  private head: RequestHead | undefined
  private body: Buffer[] = []
  private bodyBytes = 0
  /** Bytes of the body still to come; those of a refused body are discarded. */
  private missing = 0
  private discarding = false
  private chunked: ChunkedBody | undefined
  private closing = false

  constructor(socket: Socket, handler: HttpHandler) {
    this.socket = socket
    this.handler = handler
    socket.setNoDelay(true)
    socket.on('data', (chunk) => this.receive(chunk))
    // A client that disconnects does not cancel its job and is not an error of the server.
    socket.on('error', () => socket.destroy())
  }

  /**
   * Writes an answer in one piece. If the client has disconnected it is lost, as on the real server. Only the server
   * decides whether the connection stays open: TorchServe ignores `connection: close` of a request.
   */
  send(answer: string | Buffer, keepAlive: boolean): void {
    if (this.socket.destroyed || this.closing) return
    this.closing = !keepAlive
    if (keepAlive) this.socket.write(answer)
    else this.socket.end(answer)
  }

  private receive(chunk: Buffer): void {
    let rest: Buffer | undefined = chunk
    while (rest !== undefined && rest.length > 0 && !this.closing) {
      rest = this.head === undefined ? this.receiveHead(rest) : this.receiveBody(rest)
    }
  }

  /** Returns what follows the head, or undefined if it is not complete. */
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

  /** Returns what follows the body, or undefined if it is not complete. */
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

/** One request, its body complete. */
export interface HttpRequest {
  method: string
  /** Path without the query, still percent-encoded. */
  path: string
  query: URLSearchParams
  /** Header names in lower case. */
  headers: Map<string, string>
  body: Buffer[]
  bodyBytes: number
}

interface RequestHead {
  method: string
  target: string
  headers: Map<string, string>
}

/**
 * Reads a request head (without its final empty line); undefined if it is no HTTP/1 request. Why not Node's http
 * server: it uses more time per request than is available at 15,000 requests per second.
 */
function parseHead(text: string): RequestHead | undefined {
  const lineEnd = text.indexOf('\r\n')
  const firstLine = lineEnd < 0 ? text : text.slice(0, lineEnd)
  const [method, target, version] = firstLine.split(' ')
  if (method === undefined || target === undefined || version?.startsWith('HTTP/1.') !== true)
    return undefined
  const headers = new Map<string, string>()
  let from = lineEnd < 0 ? text.length : lineEnd + 2
  while (from < text.length) {
    const end = text.indexOf('\r\n', from)
    const line = text.slice(from, end < 0 ? text.length : end)
    const colon = line.indexOf(':')
    if (colon <= 0) return undefined
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim())
    from = end < 0 ? text.length : end + 2
  }
  return { method, target, headers }
}

const noQuery = new URLSearchParams()

function splitTarget(target: string): { path: string; query: URLSearchParams } {
  const mark = target.indexOf('?')
  if (mark < 0) return { path: target, query: noQuery }
  return { path: target.slice(0, mark), query: new URLSearchParams(target.slice(mark + 1)) }
}

/** Listens on a port of the loopback address only; 0 picks a free one. Resolves with the port; rejects if it is taken. */
export async function listenOnLoopback(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: '127.0.0.1', port, backlog: 511 }, resolve)
  })
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : port
}

/** Stops listening. Resolves when all its connections have ended, which the caller does. */
export async function closeServer(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve())
  })
}

/** One of the server's addresses for HTTP/1.1: loopback only. */
export class Listener {
  port: number
  private readonly handler: HttpHandler
  private server: Server | undefined
  private readonly connections = new Map<Socket, HttpConnection>()

  constructor(port: number, handler: HttpHandler) {
    this.port = port
    this.handler = handler
  }

  /** Rejects with Node's error if the port is taken. */
  async open(): Promise<void> {
    const server = createServer({ noDelay: true }, (socket) => {
      this.connections.set(socket, new HttpConnection(socket, this.handler))
      socket.once('close', () => this.connections.delete(socket))
    })
    this.port = await listenOnLoopback(server, this.port)
    this.server = server
  }

  /** Stops listening and closes every connection. `open` uses the same port again. */
  async close(): Promise<void> {
    const { server } = this
    if (server === undefined) return
    this.server = undefined
    for (const socket of this.connections.keys()) socket.destroy()
    await closeServer(server)
  }
}
