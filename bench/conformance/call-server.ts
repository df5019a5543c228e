import { connect, type Socket } from 'node:net'
import { nowUs } from '../../src/system/now-us.js'

export interface Call {
  port: number
  method?: string
  path: string
  headers?: Record<string, string>
  body?: string | Buffer
  /** Bytes after the head as they are, without a Content-Length. */
  rawBody?: string
}

export interface Answer {
  status: number
  /** As on the status line; predictions have none. */
  reason: string
  /** Names in lower case. */
  headers: Map<string, string>
  body: string
  /** The server ended the connection after its answer. */
  closed: boolean
  /** When the request was handed to the system, and when the last byte of the answer arrived. */
  sentUs: number
  answeredUs: number
}

/** An answer that takes longer counts as missing. */
const patienceMs = 30_000
/** How long to wait for the end of a connection after `connection: close`. */
const closeMs = 5000

/** A connection that is open, so that a request can leave at an exact moment. */
export interface Client {
  /** Undefined if no answer came within `forMs`. */
  call(call: Omit<Call, 'port'>, forMs?: number): Promise<Answer | undefined>
  end(): void
}

/**
 * One bare connection: the suite checks bytes that every HTTP client hides, such as the empty reason phrase.
 */
export async function openClient(port: number): Promise<Client> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  // The close event ends a waiting call; an error needs nothing else.
  socket.on('error', () => {})
  return {
    call: (call, forMs = patienceMs) => exchange(socket, formatCall(call), forMs),
    end: () => socket.destroy(),
  }
}

/** One call on a connection of its own; throws if no answer came. */
export async function callServer({ port, ...call }: Call): Promise<Answer> {
  const client = await openClient(port)
  try {
    const beganMs = performance.now()
    const answer = await client.call(call)
    if (answer !== undefined) return answer
    const waitedS = ((performance.now() - beganMs) / 1000).toFixed(1)
    throw new Error(`no answer to ${call.method ?? 'GET'} ${call.path} in ${waitedS} s`)
  } finally {
    client.end()
  }
}

function formatCall({ method = 'GET', path, headers = {}, body, rawBody }: Omit<Call, 'port'>): Buffer {
  const length = body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }
  const lines = Object.entries({ Host: 'localhost', ...length, ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  )
  return Buffer.concat([
    Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1'),
    Buffer.from(body ?? rawBody ?? ''),
  ])
}

/** Sends bytes and reads one answer; undefined if none was complete in time. */
function exchange(socket: Socket, bytes: Buffer, forMs: number): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    let received = Buffer.alloc(0)
    let answer: Answer | undefined
    let timer = setTimeout(finish, forMs)
    const sentUs = nowUs()
    socket.on('data', receive)
    socket.on('close', finish)
    socket.write(bytes)

    function receive(chunk: Buffer): void {
      received = Buffer.concat([received, chunk])
      answer = parseAnswer(received, sentUs)
      if (answer === undefined) return
      if (answer.headers.get('connection') !== 'close') {
        finish()
        return
      }
      clearTimeout(timer)
      timer = setTimeout(finish, closeMs)
    }

    function finish(): void {
      clearTimeout(timer)
      socket.off('data', receive)
      socket.off('close', finish)
      if (answer !== undefined) answer.closed = socket.destroyed
      resolve(answer)
    }
  })
}

function parseAnswer(received: Buffer, sentUs: number): Answer | undefined {
  const headEnd = received.indexOf('\r\n\r\n')
  if (headEnd < 0) return undefined
  const [statusLine = '', ...lines] = received.toString('latin1', 0, headEnd).split('\r\n')
  const [, status, reason] = /^HTTP\/1\.1 (\d{3}) (.*)$/.exec(statusLine) ?? []
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
    }),
  )
  const body = received.subarray(headEnd + 4)
  if (status === undefined || body.length < Number(headers.get('content-length') ?? 0)) return undefined
  const text = body.toString()
  return {
    status: Number(status),
    reason: reason ?? '',
    headers,
    body: text,
    closed: false,
    sentUs,
    answeredUs: nowUs(),
  }
}
