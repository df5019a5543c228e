import { type Agent, type IncomingMessage, request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'

import { buildPayload } from '../frames/payload/build-payload.js'
import { requestBody } from '../frames/payload/payload.js'
import type { Encoding, RequestShape } from '../scenario/schema/settings.js'
import type { Endpoint } from '../server/endpoint.js'
import { authorizationHeader } from '../server/token.js'

export interface PostSettings {
  endpoint: Endpoint
  /** Keeps connections alive between requests. */
  agent: Agent
  encoding: Encoding
  request: RequestShape
  /** From the sending to the last byte of the answer. */
  deadlineMs: number
}

export interface HttpAnswer {
  status: number
  body: Buffer
}

/** Far above any answer of a model; keeps a confused server from filling our memory. */
const answerLimitBytes = 16 * 1024 * 1024

/** Sends the JPEGs as one request. Rejects with an Error whose message says in words why there is no answer. */
export async function postFrames(jpegs: readonly Uint8Array[], settings: PostSettings): Promise<HttpAnswer> {
  const { encoding, request, deadlineMs } = settings
  const payload = buildPayload(jpegs, { encoding, framesPerRequest: jpegs.length, request })
  const body = requestBody(payload, [...jpegs.keys()])
  const deadline = AbortSignal.timeout(deadlineMs)
  // Each stale connection is gone after it was tried, so this ends with a fresh one at the latest.
  const send = (): Promise<HttpAnswer> =>
    post(body, payload.contentType, settings, deadline).catch((failure: unknown) => {
      if (failure instanceof StaleConnection) return send()
      throw failure
    })
  try {
    return await send()
  } catch (error) {
    if (deadline.aborted) throw new Error(`no answer within ${deadlineMs} ms`, { cause: error })
    throw error
  }
}

/** The server had closed the kept connection when the request was written: it never saw it (nodejs.org, http, reusedSocket). */
class StaleConnection extends Error {}

function post(
  body: Buffer,
  contentType: string,
  settings: PostSettings,
  deadline: AbortSignal,
): Promise<HttpAnswer> {
  const { endpoint, agent } = settings
  return new Promise((resolve, reject) => {
    const send = endpoint.protocol === 'https:' ? httpsRequest : httpRequest
    const outgoing = send({
      method: 'POST',
      host: endpoint.host,
      port: endpoint.port,
      path: endpoint.path,
      agent,
      signal: deadline,
      headers: {
        'content-type': contentType,
        'content-length': body.length,
        ...authorizationHeader(endpoint.tokenEnv),
      },
    })
    outgoing.on('response', (response) => {
      readAnswer(response).then(resolve, reject)
    })
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      const stale = outgoing.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE')
      const reason = `no connection (${error.code ?? error.message})`
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
      if (bytes > answerLimitBytes) break
    }
  } catch (error) {
    throw new Error('the connection broke in the middle of the answer', { cause: error })
  }
  if (bytes > answerLimitBytes) throw new Error(`an answer of more than ${answerLimitBytes} bytes`)
  return { status: response.statusCode ?? 0, body: Buffer.concat(chunks) }
}
