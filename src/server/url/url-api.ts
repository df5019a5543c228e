import type { ModelSettings } from '../../scenario/plan/plan.js'
import type { RequestedModel } from '../endpoint.js'
import { explainFailure } from '../explain-failure.js'
import { callApi, parseError, type ApiAnswer, type ServerApi } from '../management/call-api.js'
import { serverMessage } from '../server-message.js'
import { renderRequestPath } from '../endpoint.js'
import { ExitCode, UserError } from '../../system/user-error.js'

/** What is known about a server that Framestorm did not start. */
export interface UrlServerFacts {
  /** Such as `TorchServe 0.12.0`, for people. */
  label: string
  /** Undefined if the server does not report it. */
  version?: string | undefined
  /** True for the embedded server, so that its results are not mistaken for those of a real one. */
  isSimulated: boolean
  notes: string[]
}

/** What the server of an API is asked before a load. */
export interface UrlApi {
  /** Undefined: nothing is asked, unless the settings have a path. */
  readiness?: {
    path: string
    /** The note about an answer other than 2xx with which the server is still usable; undefined if it is not. */
    acceptOther: (answer: ApiAnswer) => string | undefined
    /** The error for another answer. */
    refusal: { message: string; expected: string; remedy: string }
  }
  identify: (inference: ServerApi, signal: AbortSignal) => Promise<UrlServerFacts>
  /** @throws UserError (exit code 3) if the server does not have the model */
  checkModel: (inference: ServerApi, model: RequestedModel, signal: AbortSignal) => Promise<void>
}

/**
 * Asks the server whether it is ready.
 *
 * @param ready the path in the settings, or `none`; undefined for that of the API
 * @returns a note about what it answered
 * @throws UserError (exit code 3) if it is not ready
 */
export async function requireReady(
  { readiness }: UrlApi,
  inference: ServerApi,
  { ready, model }: { ready: string | undefined; model: ModelSettings },
  signal: AbortSignal,
): Promise<string | undefined> {
  if (ready === 'none' || (ready === undefined && readiness === undefined)) return undefined
  const path = ready === undefined ? readiness!.path : renderRequestPath(ready, model)
  const answer = await callApi(inference, path, { signal })
  if (answer.status >= 200 && answer.status < 300) return undefined
  const note = ready === undefined ? readiness?.acceptOther(answer) : undefined
  if (note !== undefined) return note
  const { type, message } = parseError(answer)
  const words =
    typeof answer.body === 'string' ? serverMessage(Buffer.from(answer.body)) : `${type}: ${message}`
  const { kind, remedy } = explainFailure({ outcome: 'http-error', status: answer.status, message: words })
  const where = `${inference.url.replace(/\/+$/, '')}${path}`
  const received = `status ${answer.status}: ${words.slice(0, 200)}`
  const exitCode = ExitCode.environment
  if (kind === 'unauthorized' || kind === 'plain-http' || kind === 'certificate-required') {
    const more = ' If only this path is protected, set server.ready to another path, or to none.'
    throw new UserError('the server does not accept requests of this form', {
      where,
      expected: 'a status of 2xx',
      received,
      remedy: kind === 'unauthorized' ? remedy + more : remedy,
      exitCode,
    })
  }
  const { message: refusal, ...parts } = (ready === undefined ? readiness?.refusal : undefined) ?? {
    message: 'the server is not ready',
    expected: 'a status of 2xx',
    remedy: 'Check the path in server.ready, or set it to none.',
  }
  throw new UserError(refusal, { ...parts, where, received, exitCode })
}
