import {
  constants,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import { grpcPrefixBytes, withGrpcPrefix } from '../../../frames/message/grpc-prefix.js'
import { closeServer, listenOnLoopback } from '../http-server.js'
import { encodeGrpcMessage, grpcStatus } from '../../grpc-status.js'
import { GrpcError, type GrpcErrorFrom } from './grpc-error.js'

const { NGHTTP2_CANCEL, NGHTTP2_ENHANCE_YOUR_CALM, NGHTTP2_INTERNAL_ERROR, NGHTTP2_NO_ERROR } = constants

/** One unary call whose message has arrived. */
export interface GrpcCall {
  message: Uint8Array
  /** Sends the message of the answer, or the failure. It is lost if the client has gone. */
  answer: (outcome: Uint8Array | Error) => void
}

export type GrpcMethods = ReadonlyMap<string, (call: GrpcCall) => void>

export interface GrpcHandler {
  /** Longer messages are refused: max_request_size of the real server. */
  maxMessageBytes: number
  /** Called before the message is read; throws to refuse the call. */
  authorize(metadata: IncomingHttpHeaders): void
  /** By path, such as /package.Service/Method. A method may throw instead of answering. */
  methods: GrpcMethods
  errorFrom: GrpcErrorFrom
}

/** The windows and the limit of metadata of the real server, which is written with grpc-java. */
const windowBytes = 1_048_576
const maxMetadataBytes = 8192
/** Bytes of unfinished messages, in all calls together, so that no client can use up the memory. */
const maxHeldBytes = 1_000_000_000

/** A gRPC server for unary calls, without compression and TLS, on the loopback address. */
export class GrpcListener {
  port: number
  private readonly handler: GrpcHandler
  private server: Http2Server | undefined
  private readonly sessions = new Set<ServerHttp2Session>()
  private heldBytes = 0

  constructor(port: number, handler: GrpcHandler) {
    this.port = port
    this.handler = handler
  }

  /** Rejects with Node's error if the port is taken. */
  async open(): Promise<void> {
    const settings = { initialWindowSize: windowBytes, maxHeaderListSize: maxMetadataBytes }
    const server = createServer({ settings })
    server.on('session', (session) => {
      session.setLocalWindowSize(windowBytes)
      this.sessions.add(session)
      session.once('close', () => this.sessions.delete(session))
    })
    // Bytes that are not HTTP/2 end their connection only.
    server.on('sessionError', (_error, session) => session.destroy())
    server.on('stream', (stream, metadata) => this.receive(stream, metadata))
    this.port = await listenOnLoopback(server, this.port)
    this.server = server
  }

  /** Stops listening and closes every connection. `open` uses the same port again. */
  async close(): Promise<void> {
    const { server } = this
    if (server === undefined) return
    this.server = undefined
    for (const session of this.sessions) session.destroy()
    await closeServer(server)
  }

  /** Reads the message of a call, which is complete when the client has ended its side, and calls the method. */
  private receive(stream: ServerHttp2Stream, metadata: IncomingHttpHeaders): void {
    const { handler } = this
    // A client that disconnects is not an error of the server.
    stream.on('error', () => {})
    if (refuseOtherRequest(stream, metadata)) return
    const path = metadata[':path'] ?? ''
    const method = handler.methods.get(path)
    const chunks: Buffer[] = []
    let bytes = 0
    let isAnswered = false
    const answer = (outcome: Uint8Array | Error) => {
      if (isAnswered) return
      isAnswered = true
      sendAnswer(stream, outcome instanceof Uint8Array ? outcome : handler.errorFrom(outcome))
    }
    const attempt = (act: () => void) => {
      try {
        act()
      } catch (error) {
        answer(handler.errorFrom(error))
      }
    }
    attempt(() => {
      if (method === undefined) throw new GrpcError('UNIMPLEMENTED', `Method not found: ${path.slice(1)}`)
      requireNoCompression(metadata)
      handler.authorize(metadata)
    })
    const timer = startDeadline(stream, metadata)
    stream.on('data', (chunk: Buffer) => {
      if (isAnswered || stream.closed) return
      chunks.push(chunk)
      bytes += chunk.length
      this.heldBytes += chunk.length
      if (this.heldBytes > maxHeldBytes) stream.close(NGHTTP2_ENHANCE_YOUR_CALM)
      else if (isTooLong(chunks, bytes, handler.maxMessageBytes)) stream.close(NGHTTP2_CANCEL)
    })
    stream.on('end', () => {
      if (isAnswered || stream.closed) return
      const body = Buffer.concat(chunks)
      if (isCutShort(body)) stream.close(NGHTTP2_CANCEL)
      else attempt(() => method?.({ message: onlyMessage(body), answer }))
    })
    stream.once('close', () => {
      clearTimeout(timer)
      this.heldBytes -= bytes
      chunks.length = 0
    })
  }
}

/** Answers a request that is not a gRPC call with an error of HTTP, as grpc-java does. Returns whether it did. */
function refuseOtherRequest(stream: ServerHttp2Stream, metadata: IncomingHttpHeaders): boolean {
  const { ':method': httpMethod, 'content-type': contentType } = metadata
  const refuse = (status: number, text: string) => {
    const failure = { 'grpc-status': grpcStatus.INTERNAL, 'grpc-message': encodeGrpcMessage(text) }
    stream.respond({ ':status': status, 'content-type': 'text/plain; charset=utf-8', ...failure })
    stream.close(NGHTTP2_INTERNAL_ERROR)
    return true
  }
  if (contentType === undefined) return refuse(415, 'Content-Type is missing from the request')
  if (!/^application\/grpc(?:[+;]|$)/.test(contentType))
    return refuse(415, `Content-Type '${contentType}' is not supported`)
  if (httpMethod !== 'POST') return refuse(405, `Method '${httpMethod}' is not supported`)
  return false
}

function requireNoCompression({ 'grpc-encoding': encoding }: IncomingHttpHeaders): void {
  if (encoding !== undefined && encoding !== 'identity')
    throw new GrpcError('UNIMPLEMENTED', `Can't find decompressor for ${String(encoding)}`)
}

const unitMs: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 }

/** The server cancels a call at the end of its `grpc-timeout` (grpc/doc/PROTOCOL-HTTP2.md, Timeout). */
function startDeadline(
  stream: ServerHttp2Stream,
  { 'grpc-timeout': timeout }: IncomingHttpHeaders,
): NodeJS.Timeout | undefined {
  if (timeout === undefined) return undefined
  const [, value, unit] = /^(\d{1,8})([HMSmun])$/.exec(String(timeout)) ?? []
  if (value === undefined || unit === undefined) {
    stream.close(NGHTTP2_INTERNAL_ERROR)
    return undefined
  }
  const longestMs = 2 ** 31 - 1
  return setTimeout(() => stream.close(NGHTTP2_CANCEL), Math.min(longestMs, Number(value) * unitMs[unit]!))
}

/** Whether the length in a message's prefix is beyond the limit; known as soon as the prefix is there. */
function isTooLong(chunks: Buffer[], bytes: number, maxMessageBytes: number): boolean {
  if (bytes < grpcPrefixBytes) return false
  const [first] = chunks
  const start = first!.length >= grpcPrefixBytes ? first! : Buffer.concat(chunks)
  // Whatever follows the message is not kept without a limit either.
  return start.readUInt32BE(1) > maxMessageBytes || bytes > 2 * (maxMessageBytes + grpcPrefixBytes)
}

/** grpc-java cancels a call that ends within its message, or whose message is compressed without saying how. */
function isCutShort(body: Buffer): boolean {
  if (body.length === 0) return false
  return (
    body.length < grpcPrefixBytes || body[0] !== 0 || body.length < grpcPrefixBytes + body.readUInt32BE(1)
  )
}

function onlyMessage(body: Buffer): Buffer {
  if (body.length === 0) throw new GrpcError('INTERNAL', 'Half-closed without a request')
  if (body.length > grpcPrefixBytes + body.readUInt32BE(1))
    throw new GrpcError('INTERNAL', 'Too many requests')
  return body.subarray(grpcPrefixBytes)
}

function sendAnswer(stream: ServerHttp2Stream, outcome: Uint8Array | GrpcError): void {
  if (stream.destroyed || stream.closed) return
  const head = { ':status': 200, 'content-type': 'application/grpc' }
  if (outcome instanceof GrpcError) {
    const { status, message } = outcome
    const failure = {
      'grpc-status': grpcStatus[status],
      ...(message !== '' && { 'grpc-message': encodeGrpcMessage(message) }),
    }
    stream.respond({ ...head, ...failure }, { endStream: true })
    // Nobody reads what the client still sends.
    if (!stream.readableEnded) stream.close(NGHTTP2_NO_ERROR)
    return
  }
  stream.respond(
    { ...head, 'grpc-encoding': 'identity', 'grpc-accept-encoding': 'gzip' },
    { waitForTrailers: true },
  )
  stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': grpcStatus.OK }))
  stream.end(withGrpcPrefix(outcome))
}
