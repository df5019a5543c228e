import { z } from 'zod'
import type { Access } from '../access.js'
import { explainNoAnswer, refuseRedirect, sendHttp } from '../send-http.js'
import { describeTokenSource, hasToken, renewRemedy, type Api, type TokenSource } from '../token.js'
import { ExitCode, UserError } from '../../system/user-error.js'

/** One of a TorchServe's HTTP APIs. */
export interface ServerApi extends Access {
  name: Api
  /** `http://127.0.0.1:8081`, perhaps with the path prefix of a proxy. */
  url: string
}

export interface ApiAnswer {
  status: number
  /** The parsed JSON, or the text if it is not JSON. */
  body: unknown
}

export interface CallOptions {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'OPTIONS' | undefined
  query?: Record<string, string | number | boolean> | undefined
  signal?: AbortSignal | undefined
  /** Default: 30 s. Registration needs more, because it waits for the model to load. */
  timeoutMs?: number | undefined
  /** Return a redirect as the answer. Otherwise it is refused. */
  returnRedirect?: boolean
}

/** The message of the error for a call without an answer. */
export const noAnswer = 'the server does not answer'

const errorSchema = z.object({ type: z.string(), message: z.string() })

/** `{"code":404,"type":"ModelNotFoundException","message":"…"}`, TorchServe's form for every error. */
export function parseError(answer: ApiAnswer): { type: string; message: string } {
  const error = errorSchema.safeParse(answer.body)
  if (error.success) return error.data
  return { type: `HTTP ${answer.status}`, message: JSON.stringify(answer.body) }
}

/** The URL of a call. It keeps the path of the API's address, which a proxy may have added. */
export function callUrl(api: Pick<ServerApi, 'url'>, path: string, query: CallOptions['query'] = {}): URL {
  const url = new URL(api.url)
  url.pathname = url.pathname.replace(/\/+$/, '') + path
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value))
  return url
}

/** The error for an answer that rejects the token, or the lack of one. */
function tokenFailure(
  { name, url, tokenEnv, tokenFile }: Pick<ServerApi, 'name' | 'url'> & TokenSource,
  message: string,
): UserError {
  const source = { tokenEnv, tokenFile }
  const isGiven = hasToken(source)
  return new UserError(`the ${name} API requires a valid token`, {
    where: url,
    expected: `the ${name} key of the key_file.json that TorchServe writes into its working directory`,
    received: isGiven
      ? `${message} (the token from ${describeTokenSource(source, name)} is wrong or has expired; TorchServe's tokens live 60 minutes by default)`
      : `${message} (no token was given)`,
    remedy: isGiven
      ? renewRemedy(source, name)
      : 'Set server.tokenFile to that file. Or put the inference key into an environment variable, the management key into the variable with _MANAGEMENT after its name, and name the first one: server.tokenEnv in a scenario, http://host:8080,tokenEnv=NAME in a flag, --token-env for stream.',
    exitCode: ExitCode.environment,
  })
}

/**
 * One call.
 *
 * @param path from the API's root, already encoded
 * @throws UserError (exit code 3) if there is no answer or the token is rejected; the signal's reason on abort
 */
export async function callApi(
  api: ServerApi,
  path: string,
  { method = 'GET', query, signal, timeoutMs = 30_000, returnRedirect = false }: CallOptions = {},
): Promise<ApiAnswer> {
  const url = callUrl(api, path, query)
  const timeout = AbortSignal.timeout(timeoutMs)
  let answer: ApiAnswer
  try {
    const received = await sendHttp({
      url,
      access: api,
      api: api.name,
      method,
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    })
    if (!returnRedirect) refuseRedirect(received, { base: api.url, path, api: api.name, method })
    answer = { status: received.status, body: parse(received.body.toString()) }
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof UserError) throw error
    const { received, remedy } = explainNoAnswer(error)
    throw new UserError(noAnswer, {
      where: `${method} ${url.origin}${url.pathname}`,
      received: timeout.aborted ? `no answer within ${timeoutMs / 1000} s` : received,
      remedy: timeout.aborted
        ? `Check that the server is running and that this is the address of its ${api.name} API.`
        : `${remedy} This should be the address of the ${api.name} API.`,
      exitCode: ExitCode.environment,
      cause: error,
    })
  }
  const { type, message } = parseError(answer)
  // TorchServe answers 400, not 401.
  if (type === 'InvalidKeyException') throw tokenFailure(api, message)
  return answer
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
