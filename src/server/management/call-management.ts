import { z } from 'zod'

import { ExitCode } from '../../errors/exit-code.js'
import { UserError } from '../../errors/user-error.js'
import { messageOf, systemErrorCode } from '../../processes/system-error.js'

/** A TorchServe management API. */
export interface Management {
  /** `http://127.0.0.1:8081` */
  url: string
  /** The environment variable that holds the token; read at each call, so that a renewed token is taken. */
  tokenEnv?: string
}

export interface ManagementAnswer {
  status: number
  /** JSON as parsed, or the text where it is none. */
  body: unknown
}

export interface CallOptions {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  query?: Record<string, string | number | boolean>
  signal?: AbortSignal
  /** 30 s unless given; registering waits for the model to load. */
  timeoutMs?: number
}

const errorSchema = z.object({ type: z.string(), message: z.string() })

/** `{"code":404,"type":"ModelNotFoundException","message":"…"}`, TorchServe's form for every error. */
export function errorOf(answer: ManagementAnswer): { type: string; message: string } {
  const error = errorSchema.safeParse(answer.body)
  if (error.success) return error.data
  return { type: `HTTP ${answer.status}`, message: JSON.stringify(answer.body) }
}

/** Tokens live 60 minutes unless the server was told otherwise (TokenAuthorization.java). */
export function tokenFailure(url: string, tokenEnv: string | undefined, message: string): UserError {
  return new UserError('the server wants a token', {
    where: url,
    expected: 'a valid token: the key of its API in the key_file.json that TorchServe writes at its start',
    received:
      tokenEnv === undefined
        ? `${message} (no token was given)`
        : `${message} (the token in ${tokenEnv} is wrong or has expired: tokens live 60 minutes)`,
    remedy:
      tokenEnv === undefined
        ? 'Put the token into an environment variable and name that as tokenEnv.'
        : `Renew the token, put it into ${tokenEnv} and run the command again.`,
    exitCode: ExitCode.environment,
  })
}

/**
 * One call of the management API.
 *
 * @param path from the root, already encoded
 * @throws UserError with exit code 3 where nothing answers or the token is refused; the signal's reason on abort
 */
export async function callManagement(
  api: Management,
  path: string,
  { method = 'GET', query = {}, signal, timeoutMs = 30_000 }: CallOptions = {},
): Promise<ManagementAnswer> {
  const url = new URL(path, api.url)
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value))
  const token = api.tokenEnv === undefined ? undefined : process.env[api.tokenEnv]
  const timeout = AbortSignal.timeout(timeoutMs)
  let answer: ManagementAnswer
  try {
    const response = await fetch(url, {
      method,
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    })
    answer = { status: response.status, body: parse(await response.text()) }
  } catch (error) {
    signal?.throwIfAborted()
    throw new UserError('the server does not answer', {
      where: `${method} ${url.origin}${url.pathname}`,
      received: timeout.aborted ? `nothing for ${timeoutMs / 1000} s` : reasonOf(error),
      remedy: 'Check that it runs and that the address is the one of its management API.',
      exitCode: ExitCode.environment,
      cause: error,
    })
  }
  const { type, message } = errorOf(answer)
  if (type === 'InvalidKeyException') throw tokenFailure(url.origin, api.tokenEnv, message)
  return answer
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** fetch hides the system's error (`ECONNREFUSED`) one level down. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  return systemErrorCode(cause) ?? messageOf(cause ?? error)
}
