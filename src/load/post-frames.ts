import type { Agent } from 'node:http'
import { type Payload, requestBody } from '../frames/payload/payload.js'
import { type Endpoint, endpointOrigin, endpointUrl } from '../server/endpoint.js'
import { explainNoAnswer, refuseRedirect, sendHttp, type HttpAnswer } from '../server/send-http.js'
import type { FailureCause } from '../run/failures.js'
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
  const deadline = AbortSignal.timeout(deadlineMs)
  const ended = signal === undefined ? deadline : AbortSignal.any([deadline, signal])
  try {
    const answer = await sendHttp({
      url: new URL(endpointUrl(endpoint)),
      access: endpoint,
      api: 'inference',
      method: 'POST',
      headers: { 'content-type': payload.contentType },
      body: requestBody(payload, frames),
      agent,
      signal: ended,
    })
    const { path } = endpoint
    refuseRedirect(answer, { base: endpointOrigin(endpoint), path, api: 'inference', method: 'POST' })
    return answer
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

/** Why there was no answer, as the load would say it. */
export function failureOf(error: unknown): FailureCause {
  const message = (error instanceof UserError ? error.parts.received : undefined) ?? messageOf(error)
  if (message.startsWith('no answer within')) return { outcome: 'timeout', message }
  return { outcome: message.startsWith('an answer of') ? 'bad-response' : 'connection-error', message }
}
