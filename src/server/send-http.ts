import { type Agent, type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { ExitCode, UserError, systemErrorCode, messageOf } from '../system/user-error.js'
import { readTlsSettings, requestHeaders, tlsOptions, type Access } from './access.js'
import { explainFailure } from './explain-failure.js'
import type { Api } from './token.js'

/** One request outside of any load. */
export interface HttpRequest {
  url: URL
  access: Access
  api: Api
  method: string
  headers?: Record<string, string>
  body?: Buffer | undefined
  /** Keeps connections open between requests. Default: a connection for this request only. */
  agent?: Agent | undefined
  signal: AbortSignal
}

export interface HttpAnswer {
  status: number
  /** Where a redirect leads to. */
  location?: string | undefined
  body: Buffer
}

/** Much larger than any answer of a model. It limits the memory that a broken server can use. */
const answerLimitMB = 16

/**
 * The server had already closed this kept connection and never received the request (nodejs.org, http, reusedSocket).
 */
class StaleConnection extends Error {}

/**
 * Sends one request and waits for its answer. Redirects are not followed.
 *
 * @throws UserError (exit code 3) for a header, token or certificate that cannot be used. Error with the reason in its
 *   message if there is no complete answer
 */
export async function sendHttp(request: HttpRequest): Promise<HttpAnswer> {
  // Each stale connection is removed after one try, so this ends with a new connection at the latest.
  for (;;) {
    try {
      return await sendOnce(request)
    } catch (error) {
      if (!(error instanceof StaleConnection)) throw error
    }
  }
}

function sendOnce({
  url,
  access,
  api,
  method,
  headers,
  body,
  agent,
  signal,
}: HttpRequest): Promise<HttpAnswer> {
  const isTls = url.protocol === 'https:'
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const options = {
    method,
    host,
    port: url.port === '' ? undefined : url.port,
    path: url.pathname + url.search,
    agent: agent ?? false,
    signal,
    headers: {
      ...headers,
      ...requestHeaders(access, api),
      'content-length': body?.length ?? 0,
    },
    ...(isTls && tlsOptions(readTlsSettings(access, host))),
  }
  return new Promise((resolve, reject) => {
    const outgoing = isTls ? requestHttps(options) : requestHttp(options)
    outgoing.on('response', (response) => {
      readAnswer(response).then(resolve, reject)
    })
    outgoing.on('error', (error) => {
      const code = systemErrorCode(error)
      const stale = outgoing.reusedSocket && (code === 'ECONNRESET' || code === 'EPIPE')
      reject(stale ? new StaleConnection(code) : error)
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
  return {
    status: response.statusCode ?? 0,
    location: response.headers.location,
    body: Buffer.concat(chunks),
  }
}

/**
 * The reason why a request got no answer, in one line, and what to do about it.
 */
export function explainNoAnswer(error: unknown): { received: string; remedy: string } {
  const code = systemErrorCode(error)
  const message = messageOf(error)
  if (code?.startsWith('HPE_') === true) {
    const { remedy } = explainFailure({ outcome: 'bad-response', message: 'not HTTP' })
    return { received: `not HTTP (${message})`, remedy }
  }
  const outcome = isBadAnswer(message) ? 'bad-response' : 'connection-error'
  const { remedy } = explainFailure({ outcome, message: `${code ?? ''} ${message}` })
  if (code === undefined) return { received: message, remedy }
  const isTls = /CERT|SELF_SIGNED|ERR_TLS|ERR_SSL|EPROTO|UNABLE_TO/.test(code)
  return { received: isTls ? `${code}: ${firstLine(message)}` : code, remedy }
}

/** Whether an error is about an answer that came, and not about the connection. */
export function isBadAnswer(message: string): boolean {
  return message.startsWith('an answer of') || /^not an? .*answer/.test(message)
}

/** OpenSSL puts its source file and line into the message. */
function firstLine(message: string): string {
  return message
    .split('\n')[0]!
    .replace(/^(write EPROTO )?[0-9A-F]+:error:[0-9A-F]+:/, '')
    .replace(/:\.\.\/.*$/, '')
}

const redirects = new Set([301, 302, 303, 307, 308])

function isRedirect({ status }: Pick<HttpAnswer, 'status'>): boolean {
  return redirects.has(status)
}

/**
 * Refuses a redirect with the address to give instead. The load does not follow redirects: it would measure both
 * servers.
 *
 * @param base the address in the settings, and `path` what the request appended to it
 * @throws UserError (exit code 3)
 */
export function refuseRedirect(
  answer: Pick<HttpAnswer, 'status' | 'location'>,
  { base, path, api, method }: { base: string; path: string; api: Api; method: string },
): void {
  if (!isRedirect(answer)) return
  const from = base.replace(/\/+$/, '') + path
  const to =
    answer.location !== undefined && URL.canParse(answer.location, from)
      ? new URL(answer.location, from)
      : undefined
  // A query may hold a token.
  const target = to === undefined ? undefined : to.origin + to.pathname
  const prefix = target?.endsWith(path) === true ? target.slice(0, -path.length) : undefined
  throw new UserError('the address redirects to another one, and a load does not follow redirects', {
    where: `${method} ${from}`,
    expected: 'an answer at this address',
    received: `status ${answer.status}${target === undefined ? '' : ` to ${target}`}`,
    remedy:
      prefix === undefined
        ? 'Give the final address of the server. If it redirects to a login page, set server.headers or server.tokenEnv.'
        : `Set server.${api}Url to ${prefix}.`,
    exitCode: ExitCode.environment,
  })
}
