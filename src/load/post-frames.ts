import { Agent } from 'node:http'
import { Agent as TlsAgent } from 'node:https'
import { type Payload, requestBody } from '../frames/payload/payload.js'
import { type Endpoint, endpointOrigin, endpointUrl } from '../server/endpoint.js'
import {
  explainNoAnswer,
  isBadAnswer,
  refuseRedirect,
  sendHttp,
  type HttpAnswer,
} from '../server/send-http.js'
import { KeptGrpcConnection, sendGrpc } from '../server/send-grpc.js'
import { unwrapAnswer } from './answer/unwrap-answer.js'
import type { FailureCause } from '../run/failures.js'
import { ExitCode, UserError, messageOf, systemErrorCode } from '../system/user-error.js'

export interface PostOptions {
  /** Time from sending to the last byte of the answer. */
  deadlineMs: number
  /** The setting that names this deadline, for errors. Default: measure.deadlineMs. */
  deadlineSetting?: string | undefined
  signal?: AbortSignal | undefined
  /** Keeps connections open between requests. Default: a connection for this request only. */
  connections?: KeptConnections | undefined
}

/** Connections of an edge device that sends one request after another. */
export interface KeptConnections {
  agent: Agent
  grpc: KeptGrpcConnection
  close: () => void
}

export function keepConnections(endpoint: Endpoint): KeptConnections {
  const agent = new (endpoint.tls ? TlsAgent : Agent)({ keepAlive: true })
  const grpc = new KeptGrpcConnection(endpoint, endpoint)
  return {
    agent,
    grpc,
    close() {
      agent.destroy()
      grpc.close()
    },
  }
}

/**
 * Sends one request outside of any measurement and waits for its answer. `frames` are indices into the clip.
 * @throws UserError (environment) if there is no complete answer; its `received` gives the reason in one line. The
 *   signal's reason after an abort.
 */
export async function postFrames(
  endpoint: Endpoint,
  payload: Payload,
  frames: readonly number[],
  { deadlineMs, deadlineSetting = 'measure.deadlineMs', signal, connections }: PostOptions,
): Promise<HttpAnswer> {
  const deadline = AbortSignal.timeout(deadlineMs)
  const ended = signal === undefined ? deadline : AbortSignal.any([deadline, signal])
  try {
    const request = {
      access: endpoint,
      api: 'inference',
      body: requestBody(payload, frames),
      signal: ended,
    } as const
    if (endpoint.protocol === 'grpc')
      return unwrapped(
        endpoint,
        await sendGrpc({ ...request, server: endpoint, connection: connections?.grpc }),
      )
    const answer = await sendHttp({
      ...request,
      url: new URL(endpointUrl(endpoint)),
      method: 'POST',
      headers: { 'content-type': payload.contentType, ...payload.headers },
      agent: connections?.agent,
    })
    const { path } = endpoint
    refuseRedirect(answer, { base: endpointOrigin(endpoint), path, api: 'inference', method: 'POST' })
    return unwrapped(endpoint, answer)
  } catch (cause) {
    signal?.throwIfAborted()
    if (cause instanceof UserError) throw cause
    const { received, remedy } = explainNoAnswer(cause)
    const reason = systemErrorCode(cause) === undefined ? received : `no connection (${received})`
    throw new UserError('the server did not answer', {
      where: endpointUrl(endpoint),
      expected: `an answer within ${deadlineMs} ms`,
      received: deadline.aborted ? `no answer within ${deadlineMs} ms` : reason,
      remedy: deadline.aborted
        ? `Check that the server is running and serves this model, or increase ${deadlineSetting}.`
        : remedy,
      exitCode: ExitCode.environment,
      // Other requests may still be answered, unless the server is gone.
      concerns: 'point',
      cause,
    })
  }
}

/** An answer whose body is the handler's own answer. */
function unwrapped(endpoint: Endpoint, answer: HttpAnswer): HttpAnswer {
  if (answer.status !== 200) return answer
  try {
    return { ...answer, body: Buffer.from(unwrapAnswer(endpoint)(answer.body)) }
  } catch (cause) {
    const kind = endpoint.protocol === 'grpc' ? 'a gRPC answer' : 'an answer of the open inference protocol'
    throw new Error(`not ${kind}: ${messageOf(cause)}`, { cause })
  }
}

/** Why there was no answer, as the load would say it. */
export function failureOf(error: unknown): FailureCause {
  const message = (error instanceof UserError ? error.parts.received : undefined) ?? messageOf(error)
  if (message.startsWith('no answer within')) return { outcome: 'timeout', message }
  return { outcome: isBadAnswer(message) ? 'bad-response' : 'connection-error', message }
}
