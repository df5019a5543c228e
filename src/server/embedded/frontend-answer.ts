import { STATUS_CODES } from 'node:http'
import { messageOf } from '../../system/user-error.js'

/*
 * Answers as TorchServe 0.12's Java frontend writes them. Its sources are cited by file name, relative to
 * frontend/server/src/main/java/org/pytorch/serve/ in the repository pytorch/serve.
 */

/** An answer before it is formatted. */
export interface FrontendAnswer {
  status: number
  /** Absent on predictions: the worker's handler sets none. */
  contentType?: string
  /** Predictions have an empty reason phrase. */
  reason?: string
  body: string
}

/** An error answer of TorchServe; the routes throw it. */
export class FrontendError extends Error {
  readonly status: number
  /** Simple name of the Java exception. */
  readonly type: string

  constructor(status: number, type: string, message: string) {
    super(message)
    this.status = status
    this.type = type
  }
}

/** Gson's pretty printing as the frontend writes it: two spaces, a newline at the end. */
export function jsonAnswer(status: number, value: unknown): FrontendAnswer {
  return { status, contentType: 'application/json', body: `${JSON.stringify(value, undefined, 2)}\n` }
}

/** `{"code","type","message"}` (util/NettyUtils.java:101-106). */
function errorAnswer(error: FrontendError): FrontendAnswer {
  return jsonAnswer(error.status, { code: error.status, type: error.type, message: error.message })
}

/** The connection closes on each status ≥ 400, even if the client keeps it alive (util/NettyUtils.java:197-204). */
export function keepsConnection({ status }: FrontendAnswer): boolean {
  return status < 400
}

/** The bytes of an answer, with the headers that every frontend answer has. */
export function formatAnswer(answer: FrontendAnswer, requestId: string): string {
  const { status, contentType, body } = answer
  const reason = answer.reason ?? STATUS_CODES[status] ?? ''
  return (
    `HTTP/1.1 ${status} ${reason}\r\n` +
    (contentType === undefined ? '' : `content-type: ${contentType}\r\n`) +
    `x-request-id: ${requestId}\r\n` +
    'Pragma: no-cache\r\n' +
    'Cache-Control: no-cache; no-store, must-revalidate, private\r\n' +
    'Expires: Thu, 01 Jan 1970 00:00:00 UTC\r\n' +
    `content-length: ${Buffer.byteLength(body)}\r\n` +
    `connection: ${keepsConnection(answer) ? 'keep-alive' : 'close'}\r\n\r\n${body}`
  )
}

/** An answer of a server that is not TorchServe. */
export interface PlainAnswer extends Omit<FrontendAnswer, 'body' | 'reason'> {
  body: string | Buffer
  headers?: Readonly<Record<string, string>>
}

/** The error of such a server: JSON with the message under `key`. A handler that failed is its own fault. */
export function plainError(error: unknown, key: string): PlainAnswer {
  if (!(error instanceof FrontendError)) return jsonAnswer(500, { [key]: messageOf(error) })
  const { status, type, message } = error
  const statuses: Readonly<Record<string, number>> = {
    InternalServerException: 500,
    InvalidKeyException: 401,
  }
  return jsonAnswer(statuses[type] ?? status, { [key]: message })
}

/** The bytes of such an answer. The connection stays open, also after an error. */
export function formatPlainAnswer({ status, contentType, headers = {}, body }: PlainAnswer): Buffer {
  const fields = { ...(contentType !== undefined && { 'content-type': contentType }), ...headers }
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
  const length = Buffer.byteLength(body)
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}content-length: ${length}\r\n\r\n`
  return Buffer.concat([Buffer.from(head), Buffer.from(body)])
}

/** TorchServe uses one text for a model without workers and for a full queue (util/ApiUtils.java:452-477). */
export function noWorker(model: string): FrontendError {
  return new FrontendError(
    503,
    'ServiceUnavailableException',
    `Model "${model}" has no worker to serve inference request. Please use scale workers API to add workers. ` +
      'If this is a sequence inference, please check if it is closed, or expired; or exceeds maxSequenceJobQueueSize',
  )
}

export function noResource(): FrontendError {
  const text = 'Requested resource is not found, please refer to API document.'
  return new FrontendError(404, 'ResourceNotFoundException', text)
}

export function notAllowed(): FrontendError {
  const text = 'Requested method is not allowed, please refer to API document.'
  return new FrontendError(405, 'MethodNotAllowedException', text)
}

/** The answer for an error that a route threw. Errors other than FrontendError are a 500. */
export function answerTo(error: unknown): FrontendAnswer {
  if (error instanceof FrontendError) return errorAnswer(error)
  return errorAnswer(new FrontendError(500, 'InternalServerException', messageOf(error)))
}
