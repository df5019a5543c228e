import { connect } from 'node:http2'
import { withGrpcPrefix } from '../../../frames/message/grpc-prefix.js'
import { predictions } from '../../../frames/message/predictions.js'

/** All that came back on a stream. */
export interface StreamEnd {
  httpStatus: number | undefined
  /** `grpc-status`, from the head or the trailers; undefined if there is none. */
  status: number | undefined
  message: string
  /** Without the prefix of the message. */
  body: Buffer
  /** The error code of RST_STREAM; 0 if the stream ended well. */
  resetCode: number
}

/** Sends one request whose body is given as it is, on a connection of its own. */
export function sendStream(
  port: number,
  path: string,
  body: Buffer,
  headers: Record<string, string | undefined> = {},
): Promise<StreamEnd> {
  return new Promise((resolve, reject) => {
    const session = connect(`http://127.0.0.1:${port}`)
    session.on('error', reject)
    const sent = {
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    }
    const stream = session.request(
      Object.fromEntries(Object.entries(sent).filter(([, value]) => value !== undefined)),
      { endStream: false },
    )
    const end: StreamEnd = {
      httpStatus: undefined,
      status: undefined,
      message: '',
      body: Buffer.alloc(0),
      resetCode: 0,
    }
    const read = (fields: Record<string, unknown>) => {
      if (typeof fields['grpc-status'] === 'string') end.status = Number(fields['grpc-status'])
      if (typeof fields['grpc-message'] === 'string') end.message = decodeURIComponent(fields['grpc-message'])
    }
    stream.on('response', (fields) => {
      end.httpStatus = fields[':status']
      read(fields)
    })
    stream.on('trailers', read)
    stream.on('data', (chunk: Buffer) => (end.body = Buffer.concat([end.body, chunk])))
    // A reset stream is a result, a connection that fails is not.
    stream.on('error', (error) => {
      if (!('code' in error) || error.code !== 'ERR_HTTP2_STREAM_ERROR') reject(error)
    })
    stream.on('close', () => {
      session.close()
      resolve({ ...end, body: end.body.subarray(5), resetCode: stream.rstCode ?? 0 })
    })
    stream.end(body)
  })
}

/** A prediction over TorchServe's gRPC API: its status and message, or what the handler answered. */
export async function predict(
  port: number,
  row: Record<string, Buffer>,
  { model = 'resnet-18', ...headers }: { model?: string; authorization?: string } = {},
): Promise<{ status: number | undefined; message: string; answer: string }> {
  const request = { modelName: model, modelVersion: '', input: new Map(Object.entries(row)) }
  const sent = withGrpcPrefix(predictions.encodeRequest(request))
  const { status, message, body } = await sendStream(port, predictions.path, sent, headers)
  const answer = status === 0 ? Buffer.from(predictions.decodeResponse(body)).toString() : ''
  return { status, message, answer }
}
