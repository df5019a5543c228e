import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import { withGrpcPrefix } from '../../frames/message/grpc-prefix.js'
import { predictions } from '../../frames/message/predictions.js'
import type { Endpoint } from '../../server/endpoint.js'
import { testCertificate, testKey } from './test-certificate.test.support.js'

/** One call as the server saw it. */
export interface SeenCall {
  number: number
  /** The frames in its message, as numbers of the clip. */
  frames: number[]
  /** The keys of the frames. */
  keys: string[]
  messageBytes: number
  headers: IncomingHttpHeaders
  /** Number of the connection on which it came, from 0. */
  connection: number
}

export type CallScript = (call: SeenCall, stream: ServerHttp2Stream) => void

export interface ScriptedGrpcServer {
  endpoint: Endpoint
  seen: SeenCall[]
  /** If it is set, calls are answered RESOURCE_EXHAUSTED with this text before their message is read. */
  refuseUnread?: string
  close(): Promise<void>
}

/** Answers with this body of the handler. */
export function reply(stream: ServerHttp2Stream, body: Uint8Array | string): void {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
  stream.end(withGrpcPrefix(predictions.encodeResponse(Buffer.from(body))))
}

/** Answers with a status and no message (PROTOCOL-HTTP2.md, "Trailers-Only"). */
export function replyStatus(stream: ServerHttp2Stream, status: number, message = ''): void {
  stream.respond(
    {
      ':status': 200,
      'content-type': 'application/grpc',
      'grpc-status': String(status),
      'grpc-message': message,
    },
    { endStream: true },
  )
}

/** Answers as TorchServe's handler does: one result for a single frame, else a list. */
export const answerCalls: CallScript = ({ frames }, stream) => {
  const results = frames.map((frame) => ({ [`class ${frame}`]: 0.5 }))
  reply(stream, JSON.stringify(frames.length === 1 ? results[0] : results))
}

/** TorchServe's Predictions on a free port, by node:http2, for the payloads of `smallCallPayload`. */
export async function startScriptedGrpcServer(
  script: CallScript,
  { tls = false, settings = {} } = {},
): Promise<ScriptedGrpcServer> {
  const seen: SeenCall[] = []
  const sessions: ServerHttp2Session[] = []
  const server: Http2Server | Http2SecureServer = tls
    ? createSecureServer({ cert: testCertificate, key: testKey, settings })
    : createServer({ settings })
  server.on('session', (session) => sessions.push(session))
  server.on('stream', (stream, headers) => {
    const chunks: Buffer[] = []
    stream.on('error', () => undefined)
    if (scripted.refuseUnread !== undefined) {
      replyStatus(stream, 8, scripted.refuseUnread)
      return
    }
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => {
      const body = Buffer.concat(chunks)
      const { input } = predictions.decodeRequest(body.subarray(5))
      const call = {
        number: seen.length,
        frames: [...input.values()].map((frame) =>
          Number(/^f(\d+) /.exec(Buffer.from(frame).toString('latin1'))?.[1]),
        ),
        keys: [...input.keys()],
        messageBytes: body.length,
        headers,
        connection: sessions.indexOf(stream.session as ServerHttp2Session),
      }
      seen.push(call)
      script(call, stream)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const scripted: ScriptedGrpcServer = {
    endpoint: {
      protocol: 'grpc',
      api: 'torchserve',
      tls,
      host: '127.0.0.1',
      port,
      path: '/org.pytorch.serve.grpc.inference.InferenceAPIsService/Predictions',
    },
    seen,
    close: () =>
      new Promise((resolve) => {
        for (const session of sessions) session.destroy()
        server.close(() => resolve())
      }),
  }
  return scripted
}
