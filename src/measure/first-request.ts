import { open, stat } from 'node:fs/promises'
import { describeBody } from '../frames/payload/describe-body.js'
import { requestBody, type Payload } from '../frames/payload/payload.js'
import { postFrames, type PostOptions } from '../load/post-frames.js'
import type { HttpAnswer } from '../server/send-http.js'
import { endpointUrl } from '../server/endpoint.js'
import { grpcStatusName } from '../server/grpc-status.js'
import { explainFailure, failureScope } from '../server/explain-failure.js'
import type { RunningServer } from '../server/running-server.js'
import { serverMessage } from '../server/server-message.js'
import { hasToken } from '../server/token.js'
import { requestHeaders, secretsIn } from '../server/access.js'
import { lastTraceback } from '../server/torchserve/load-failure.js'
import { readWithTraceback } from '../server/torchserve/read-with-traceback.js'
import { ExitCode, UserError } from '../system/user-error.js'

/**
 * Sends one request of the load before the measurement. If the model rejects it, the measurement would consist of
 * errors only.
 * @throws UserError (environment) if the status is not 200: what was sent, what the server said, its log and the
 *   traceback in it
 */
export async function requireFirstAnswer(
  server: Pick<RunningServer, 'endpoint' | 'logFile'>,
  payload: Payload,
  framesPerRequest: number,
  options: PostOptions,
): Promise<void> {
  const { endpoint, logFile } = server
  const frames = Array.from({ length: framesPerRequest }, (_, place) => place % (payload.offsets.length - 1))
  const sent = describeSent(endpoint.path, payload, frames)
  const logStart = logFile === undefined ? 0 : await fileLength(logFile)
  let answer: HttpAnswer
  try {
    answer = await postFrames(endpoint, payload, frames, options)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    throw new UserError(error.message, { ...error.parts, sent, log: logFile, exitCode: error.exitCode })
  }
  if (answer.status === 200) return
  const secrets = secretsIn(requestHeaders(endpoint))
  const message = serverMessage(answer.body, { secrets, limit: 2000 })
  const { kind, meaning, remedy } = explainFailure(
    { outcome: 'http-error', status: answer.status, message },
    { framesOk: 0, hasToken: hasToken(endpoint) },
  )
  throw new UserError('the server rejected the first request', {
    where: endpointUrl(endpoint),
    excerpt:
      !isServerFault(answer.status) || logFile === undefined
        ? undefined
        : await tracebackSince(logFile, logStart),
    sent,
    expected: endpoint.protocol === 'grpc' ? 'status OK' : 'status 200',
    received: `status ${[answer.status, grpcStatusName(answer.status), message].filter(Boolean).join(' ')}`,
    log: logFile,
    remedy: `${meaning} ${remedy}`,
    exitCode: ExitCode.environment,
    concerns: failureScope(kind),
  })
}

/** Over HTTP a status of 5xx. A call of gRPC has no such range: handlers that fail are INTERNAL or UNAVAILABLE. */
function isServerFault(status: number): boolean {
  return status >= 500 || status < 100
}

/** `POST /predictions/m, image/jpeg, 41 KB`, and the body on lines of its own. */
function describeSent(path: string, payload: Payload, frames: readonly number[]): string {
  const bytes = requestBody(payload, frames).length
  const size = bytes < 1000 ? `${bytes} bytes` : `${Math.round(bytes / 1000)} KB`
  return `POST ${path}, ${payload.contentType}, ${size}:\n${describeBody(payload, frames)}`
}

/** The end of a log that is read: more than the longest traceback. */
const readBytes = 256 * 1024

/** The last traceback that workers printed since the log had this length; undefined if there is none. */
async function tracebackSince(logFile: string, logStart: number): Promise<string | undefined> {
  return lastTraceback(await readWithTraceback(() => readSince(logFile, logStart)))
}

async function readSince(logFile: string, start: number): Promise<string> {
  const length = await fileLength(logFile)
  // A log that is shorter than before was rotated.
  const from = Math.max(start <= length ? start : 0, length - readBytes)
  try {
    const file = await open(logFile)
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length - from), 0, length - from, from)
      return buffer.subarray(0, bytesRead).toString('utf8')
    } finally {
      await file.close()
    }
  } catch {
    return ''
  }
}

async function fileLength(file: string): Promise<number> {
  try {
    return (await stat(file)).size
  } catch {
    return 0
  }
}
