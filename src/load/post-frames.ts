import { type Agent, type IncomingMessage, request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { type Payload, requestBody } from '../frames/payload/payload.js'
import { type Endpoint, endpointUrl } from '../server/endpoint.js'
import type { FailureCause } from '../run/failures.js'
import { authorizationHeader } from '../server/token.js'
import { ExitCode, UserError, messageOf, systemErrorCode } from '../system/user-error.js'

export interface PostOptions {
  /** Time from sending to the last byte of the answer. */
  deadlineMs: number
  /** The setting that names this deadline, for errors. Default: measure.deadlineMs. */
  deadlineSetting?: string | undefined
  signal?: AbortSignal | undefined
  /** Keeps connections open between requests. Default: Node's own agent. */
  agent?: Agent | undefined
}

export interface HttpAnswer {
  status: number
  body: Buffer
}

/** Much larger than any answer of a model. It limits the memory that a broken server can use. */
const answerLimitMB = 16

/**
 * Sends one request outside of any measurement and waits for its answer. `frames` are indices into the clip.
 * @throws UserError (environment) if there is no complete answer; its `received` gives the reason in one line. The
 *   signal's reason after an abort.
 */
export async function postFrames(
  endpoint: Endpoint,
  payload: Payload,
  frames: readonly number[],
  { deadlineMs, deadlineSetting = 'measure.deadlineMs', signal, agent }: PostOptions,
): Promise<HttpAnswer> {
  const request: HttpRequest = {
    endpoint,
    headers: { 'content-type': payload.contentType, ...authorizationHeader(endpoint.tokenEnv) },
    body: requestBody(payload, frames),
    agent,
  }
  const deadline = AbortSignal.timeout(deadlineMs)
  const ended = signal === undefined ? deadline : AbortSignal.any([deadline, signal])
  try {
    return await sendFresh(request, ended)
  } catch (cause) {
    signal?.throwIfAborted()
    throw new UserError('the server did not answer', {
      where: endpointUrl(endpoint),
      expected: `an answer within ${deadlineMs} ms`,
      received: deadline.aborted ? `no answer within ${deadlineMs} ms` : messageOf(cause),
      remedy: `Check that the server is running and serves this model, or increase ${deadlineSetting}.`,
      exitCode: ExitCode.environment,
      // Without a connection no request can be measured. Without an answer, smaller requests still may.
      concerns: deadline.aborted ? 'point' : undefined,
      cause,
    })
  }
}

/** Why there was no answer, as the load would say it. */
export function failureOf(error: unknown): FailureCause {
  const message = (error instanceof UserError ? error.parts.received : undefined) ?? messageOf(error)
  if (message.startsWith('no answer within')) return { outcome: 'timeout', message }
  return { outcome: message.startsWith('an answer of') ? 'bad-response' : 'connection-error', message }
}

interface HttpRequest {
  endpoint: Endpoint
  headers: Record<string, string>
  body: Buffer
  agent: Agent | undefined
}

/**
 * The server had already closed this kept connection and never received the request (nodejs.org, http, reusedSocket).
 */
class StaleConnection extends Error {}

/** Each stale connection is removed after one try, so this ends with a new connection at the latest. */
async function sendFresh(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
  for (;;) {
    try {
      return await send(request, signal)
    } catch (error) {
      if (!(error instanceof StaleConnection)) throw error
    }
  }
}

function send({ endpoint, headers, body, agent }: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
  const { protocol, host, port, path } = endpoint
  return new Promise((resolve, reject) => {
    const begin = protocol === 'https:' ? httpsRequest : httpRequest
    const outgoing = begin({
      method: 'POST',
      host,
      port,
      path,
      agent,
      signal,
      headers: { ...headers, 'content-length': body.length },
    })
    outgoing.on('response', (response) => {
      readAnswer(response).then(resolve, reject)
    })
    outgoing.on('error', (error) => {
      const code = systemErrorCode(error)
      const stale = outgoing.reusedSocket && (code === 'ECONNRESET' || code === 'EPIPE')
      const reason = `no connection (${code ?? error.message})`
      reject(stale ? new StaleConnection(reason) : new Error(reason, { cause: error }))
    })
    outgoing.end(body)
  })
}

async function readAnswer(response: IncomingMessage): Promise<HttpAnswer> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes > answerLimitMB * 1e6) break
    }
  } catch (error) {
    throw new Error('the connection broke in the middle of the answer', { cause: error })
  }
  if (bytes > answerLimitMB * 1e6) throw new Error(`an answer of more than ${answerLimitMB} MB`)
  return { status: response.statusCode ?? 0, body: Buffer.concat(chunks) }
}
