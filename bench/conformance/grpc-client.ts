import { connect, type ClientHttp2Session, type IncomingHttpHeaders, type Settings } from 'node:http2'
import { withGrpcPrefix } from '../../src/frames/message/grpc-prefix.js'
import { predictions } from '../../src/frames/message/predictions.js'
import { nowUs } from '../../src/system/now-us.js'

export interface GrpcCall {
  path: string
  /** With its prefix. */
  body: Buffer
  headers?: Record<string, string>
}

/** All that came back on the stream of a call. */
export interface GrpcAnswer {
  head: IncomingHttpHeaders
  /** Empty if the head had the status, as it has for every error. */
  trailers: IncomingHttpHeaders
  /** `grpc-status`; undefined if there was none. */
  status: number | undefined
  message: string
  /** Without its prefix. */
  body: Buffer
  /** The error code of RST_STREAM; 0 if the stream ended well. */
  resetCode: number
  sentUs: number
  answeredUs: number
}

/** An open connection, so that a call can leave at an exact moment. */
export interface GrpcClient {
  /** Undefined if the stream did not end within `forMs`; it is cancelled then. */
  call(call: GrpcCall, forMs?: number): Promise<GrpcAnswer | undefined>
  /** The settings that the server has sent. */
  settings(): Settings
  end(): void
}

const patienceMs = 30_000

export async function openGrpcClient(port: number): Promise<GrpcClient> {
  const session = connect(`http://127.0.0.1:${port}`)
  await new Promise<void>((resolve, reject) => {
    session.once('connect', () => resolve())
    session.once('error', reject)
  })
  // The streams of a connection that fails end with an error, too.
  session.on('error', () => {})
  return {
    call: (call, forMs = patienceMs) => exchange(session, call, forMs),
    settings: () => session.remoteSettings,
    end: () => session.destroy(),
  }
}

/** One call on a connection of its own; throws if no answer came. */
export async function callGrpc(port: number, call: GrpcCall): Promise<GrpcAnswer> {
  const client = await openGrpcClient(port)
  try {
    const answer = await client.call(call)
    if (answer === undefined) throw new Error(`no answer to ${call.path}`)
    return answer
  } finally {
    client.end()
  }
}

/** A prediction: the row of a handler as it travels. */
export function predictionCall(model: string, row: Record<string, string>, modelVersion = ''): GrpcCall {
  const input = new Map(Object.entries(row).map(([key, value]) => [key, Buffer.from(value)]))
  return {
    path: predictions.path,
    body: withGrpcPrefix(predictions.encodeRequest({ modelName: model, modelVersion, input })),
  }
}

function exchange(
  session: ClientHttp2Session,
  call: GrpcCall,
  forMs: number,
): Promise<GrpcAnswer | undefined> {
  const { path, body, headers = {} } = call
  const stream = session.request(
    { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers', ...headers },
    { endStream: false },
  )
  const sentUs = nowUs()
  stream.end(body)
  let head: IncomingHttpHeaders = {}
  let trailers: IncomingHttpHeaders = {}
  const chunks: Buffer[] = []
  stream.on('response', (fields) => (head = fields))
  stream.on('trailers', (fields) => (trailers = fields))
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  // The answer has the code of a reset.
  stream.on('error', () => {})
  return new Promise((resolve) => {
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      stream.close(8)
    }, forMs)
    stream.on('close', () => {
      clearTimeout(timer)
      if (isLate) {
        resolve(undefined)
        return
      }
      const { 'grpc-status': status, 'grpc-message': message = '' } = { ...head, ...trailers }
      resolve({
        head,
        trailers,
        status: status === undefined ? undefined : Number(status),
        message: decodeURIComponent(String(message)),
        body: Buffer.concat(chunks).subarray(5),
        resetCode: stream.rstCode ?? 0,
        sentUs,
        answeredUs: nowUs(),
      })
    })
  })
}
