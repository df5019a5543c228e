import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { z } from 'zod'
import { authorizationHeader, managementTokenEnv } from '../token.js'
import { ExitCode, UserError, messageOf, systemErrorCode } from '../../system/user-error.js'

/** One of a TorchServe's HTTP APIs. */
export interface ServerApi {
  name: 'inference' | 'management'
  /** `http://127.0.0.1:8081`, perhaps with the path prefix of a proxy. */
  url: string
  /** The environment variable that holds the token; read at each call and never stored. */
  tokenEnv?: string | undefined
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

/** Tokens live 60 minutes by default (util/TokenAuthorization.java). */
function tokenFailure({ name, url, tokenEnv }: ServerApi, message: string): UserError {
  return new UserError(`the ${name} API requires a valid token`, {
    where: url,
    expected: `the ${name} key of the key_file.json that TorchServe writes into its working directory`,
    received:
      tokenEnv === undefined
        ? `${message} (no token was given)`
        : `${message} (the token in ${tokenEnv} is wrong or has expired; tokens live 60 minutes)`,
    remedy:
      tokenEnv === undefined
        ? 'Put the token into an environment variable and name that variable: server.tokenEnv in a scenario, --token-env for stream.'
        : `Put the current ${name} key into ${variableOf(name, tokenEnv)} and run the command again.`,
    exitCode: ExitCode.environment,
  })
}

/** TorchServe has one key per API. The management key is never read from the variable of the inference key. */
function variableOf(name: ServerApi['name'], tokenEnv: string): string {
  const own = managementTokenEnv('')
  return name === 'inference' || tokenEnv.endsWith(own) ? tokenEnv : managementTokenEnv(tokenEnv)
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
  { method = 'GET', query, signal, timeoutMs = 30_000 }: CallOptions = {},
): Promise<ApiAnswer> {
  const url = callUrl(api, path, query)
  const headers = { ...authorizationHeader(api.tokenEnv) }
  const timeout = AbortSignal.timeout(timeoutMs)
  let answer: ApiAnswer
  try {
    const ended = signal === undefined ? timeout : AbortSignal.any([signal, timeout])
    const { status, text } = await send(url, { method, headers, signal: ended })
    answer = { status, body: parse(text) }
  } catch (error) {
    signal?.throwIfAborted()
    throw new UserError(noAnswer, {
      where: `${method} ${url.origin}${url.pathname}`,
      received: timeout.aborted ? `no answer within ${timeoutMs / 1000} s` : reasonOf(error),
      remedy: `Check that the server is running and that this is the address of its ${api.name} API.`,
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

/**
 * One request on a connection of its own. Not `fetch`: it gives up after five minutes without an answer, and a model may
 * take longer to load.
 */
async function send(
  url: URL,
  options: { method: string; headers: Record<string, string>; signal: AbortSignal },
): Promise<{ status: number; text: string }> {
  const begin = url.protocol === 'https:' ? httpsRequest : httpRequest
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const headers = { ...options.headers, 'content-length': '0' }
    const outgoing = begin(url, { ...options, headers, agent: false })
    outgoing.on('response', resolve)
    outgoing.on('error', reject)
    outgoing.end()
  })
  response.setEncoding('utf8')
  let text = ''
  for await (const chunk of response as AsyncIterable<string>) text += chunk
  return { status: response.statusCode ?? 0, text }
}

function reasonOf(error: unknown): string {
  return systemErrorCode(error) ?? messageOf(error)
}
