import { STATUS_CODES } from 'node:http'

/** An answer of the Java frontend, before it is bytes. */
export interface FrontendAnswer {
  status: number
  /** Absent on predictions: the worker's handler sets none. */
  contentType?: string
  /** Predictions have an empty reason phrase. */
  reason?: string
  body: string
}

/** What TorchServe answers with; thrown by the routes. */
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

/** {"code","type","message"} (NettyUtils.java:101-106). */
export function errorAnswer(error: FrontendError): FrontendAnswer {
  return jsonAnswer(error.status, { code: error.status, type: error.type, message: error.message })
}

/** The connection closes on each status ≥ 400, whatever the client asked for (NettyUtils.java:197-204). */
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
