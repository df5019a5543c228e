import { ExitCode, UserError } from '../system/user-error.js'
import type { Payload } from '../frames/payload/payload.js'
import { requestBody } from '../frames/payload/payload.js'
import { endpointUrl } from '../server/endpoint.js'
import type { Endpoint } from '../server/endpoint.js'
import { authorizationHeader } from '../server/token.js'

export interface PostOptions {
  deadlineMs: number
  signal: AbortSignal
}

/**
 * Sends one request outside of any measurement and waits for its answer.
 * @throws UserError (environment) where no answer comes at all; the signal's reason after an abort
 */
export async function postFrames(
  endpoint: Endpoint,
  payload: Payload,
  frames: readonly number[],
  { deadlineMs, signal }: PostOptions,
): Promise<{ status: number; body: Uint8Array }> {
  const url = endpointUrl(endpoint)
  const authorization = authorizationHeader(endpoint.tokenEnv)
  const deadline = AbortSignal.timeout(deadlineMs)
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': payload.contentType, ...authorization },
      body: new Uint8Array(requestBody(payload, frames)),
      signal: AbortSignal.any([deadline, signal]),
    })
    return { status: answer.status, body: new Uint8Array(await answer.arrayBuffer()) }
  } catch (cause) {
    signal.throwIfAborted()
    throw new UserError('the server did not answer', {
      where: url,
      expected: `an answer within ${deadlineMs} ms`,
      received: deadline.aborted
        ? 'nothing'
        : String((cause instanceof Error ? cause.cause : undefined) ?? cause),
      remedy:
        'see that the server runs and serves this model (its log is server.log in the run folder), or give it more time with measure.deadlineMs',
      exitCode: ExitCode.environment,
      cause,
    })
  }
}
