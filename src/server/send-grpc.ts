import { connect, constants, type ClientHttp2Session } from 'node:http2'
import { messageOf, systemErrorCode } from '../system/user-error.js'
import { readTlsSettings, requestHeaders, tlsOptions, type Access } from './access.js'
import { endpointOrigin, hostAndPort, type Endpoint } from './endpoint.js'
import { GrpcResponse, type HeaderFields } from './grpc-response.js'
import type { HttpAnswer } from './send-http.js'
import type { Api } from './token.js'

/** A server of gRPC. `path` is that of a method, such as /package.Service/Method. */
export type CalledServer = Pick<Endpoint, 'tls' | 'host' | 'port' | 'path'>

/** One unary call outside of any load. */
export interface GrpcCall {
  server: CalledServer
  access: Access
  api: Api
  /** The message with its prefix. */
  body: Uint8Array
  /** Keeps a connection open between calls. Default: a connection for this call only. */
  connection?: KeptGrpcConnection | undefined
  signal: AbortSignal
}

/**
 * Makes one call and waits for its answer, whose status is 200 for OK, else the status of gRPC (1 to 16), or of HTTP if
 * there is none. The body is the message without its prefix, or the text of the error.
 *
 * @throws UserError (exit code 3) for a header, token or certificate that cannot be used. Error with the reason in its
 *   message if there is no complete answer
 */
export async function sendGrpc({
  server,
  access,
  api,
  body,
  connection,
  signal,
}: GrpcCall): Promise<HttpAnswer> {
  const fields = callHeaders(server, requestHeaders(access, api), { contentType: 'application/grpc' })
  const session = connection?.open() ?? openSession(server, access)
  const response = new GrpcResponse(true)
  const read = (received: object, endStream: boolean) =>
    response.headers(
      Object.entries(received).map(([name, value]) => [name, String(value)] as const),
      endStream,
    )
  const came = openingOf(session)
  try {
    await new Promise<void>((resolve, reject) => {
      const closed = () =>
        reject(new Error(came.settings ? 'the server closed the connection without an answer' : closedEarly))
      session.on('error', reject)
      session.on('close', closed)
      const stream = session.request(Object.fromEntries(fields), { signal })
      stream.on('response', (received, flags) => read(received, (flags & 1) === 1))
      stream.on('trailers', (received) => read(received, true))
      stream.on('data', (chunk: Buffer) => {
        response.add(chunk, 0, chunk.length, false)
        if (response.state === 'bad') stream.close(constants.NGHTTP2_CANCEL)
      })
      stream.on('error', reject)
      stream.on('close', () => {
        session.off('error', reject)
        session.off('close', closed)
        // Node ends a stream as cancelled, without an error, if the server cancels it, and if its connection just closes.
        if (!response.untouched) resolve()
        else if (stream.rstCode !== constants.NGHTTP2_CANCEL || session.destroyed) closed()
        else reject(endedBy('CANCEL'))
      })
      stream.end(body)
    })
  } catch (error) {
    // A server may answer before it has the whole message, and then end the stream by RST_STREAM.
    if (response.state === 'incomplete' || signal.aborted) throw inWords(error, came)
  } finally {
    if (connection === undefined) session.destroy()
  }
  if (response.state === 'incomplete') response.end(undefined)
  if (response.state === 'bad') throw new Error(`not a gRPC answer: ${response.problem}`)
  const { head, message } = response
  return { status: head.status, body: Buffer.from(response.body ?? Buffer.from(message)) }
}

/** What a port of TLS does, or one behind which nothing serves. */
export const closedEarly = 'the server closed the connection before it sent HTTP/2 SETTINGS'

/** What has come on a connection: itself, and the SETTINGS with which a server of HTTP/2 begins. */
interface Opening {
  connection: boolean
  settings: boolean
}

/** A connection that is kept has had its SETTINGS. */
function openingOf(session: ClientHttp2Session): Opening {
  const came = { connection: !session.connecting, settings: !session.connecting }
  if (came.connection) return came
  session.once('connect', () => (came.connection = true))
  session.once('remoteSettings', () => (came.settings = true))
  return came
}

/** Node's errors of HTTP/2 (nodejs.org, errors, ERR_HTTP2_…) in the words of a load. */
function inWords(error: unknown, came: Opening): unknown {
  const code = systemErrorCode(error)
  // The stream was waiting for the connection, whose error is the cause.
  if (code === 'ERR_HTTP2_STREAM_CANCEL' && error instanceof Error && error.cause !== undefined)
    return inWords(error.cause, came)
  if (code === 'ECONNRESET' && came.connection && !came.settings) return new Error(closedEarly)
  if (code === 'ERR_HTTP2_ERROR') return new Error('not a gRPC answer: the server does not speak HTTP/2')
  const reset = /error code NGHTTP2_(\w+)/.exec(messageOf(error))?.[1]
  if (code !== 'ERR_HTTP2_STREAM_ERROR' || reset === undefined) return error
  return endedBy(reset)
}

function endedBy(reset: string): Error {
  return new Error(`the server ended the call by RST_STREAM ${reset}`)
}

/**
 * The header fields of a call (grpc/doc/PROTOCOL-HTTP2.md, "Requests").
 *
 * @param headers metadata: header fields of the settings and the token (`requestHeaders`)
 */
export function callHeaders(
  server: CalledServer,
  headers: Readonly<Record<string, string>>,
  { contentType, deadlineMs }: { contentType: string; deadlineMs?: number },
): HeaderFields {
  const metadata = new Map(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const),
  )
  const authority = metadata.get('host') ?? hostAndPort(server)
  // HTTP/2 has :authority in place of host (RFC 9113, 8.3.1).
  metadata.delete('host')
  const own: HeaderFields = [
    ['te', 'trailers'],
    ['content-type', contentType],
    ['user-agent', 'framestorm'],
    ...(deadlineMs === undefined ? [] : [['grpc-timeout', `${deadlineMs}m`] as const]),
  ]
  return [
    [':method', 'POST'],
    [':scheme', server.tls ? 'https' : 'http'],
    [':path', server.path],
    [':authority', authority],
    ...own.filter(([name]) => !metadata.has(name)),
    ...metadata,
  ]
}

function openSession(server: CalledServer, access: Access): ClientHttp2Session {
  const tls = server.tls ? tlsOptions(readTlsSettings(access, server.host)) : {}
  const session = connect(endpointOrigin(server), { ...tls })
  // A call that is under way reports it. Between calls it does not matter.
  session.on('error', () => undefined)
  return session
}

/** A connection that stays open between calls, as that of an edge device does. It connects again when it was closed. */
export class KeptGrpcConnection {
  private session: ClientHttp2Session | undefined
  private readonly server: CalledServer
  private readonly access: Access

  constructor(server: CalledServer, access: Access) {
    this.server = server
    this.access = access
  }

  open(): ClientHttp2Session {
    if (this.session === undefined || this.session.closed || this.session.destroyed)
      this.session = openSession(this.server, this.access)
    return this.session
  }

  close(): void {
    this.session?.destroy()
  }
}
