import { createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { afterEach, describe, expect, test } from 'vitest'
import { nowUs } from '../../system/now-us.js'
import { testCertificate, testKey } from '../testing/test-certificate.test.support.js'
import { connectionTls, type ConnectionTarget } from '../connection-target.js'
import type { RequestEnd } from '../exchange.js'
import { Connection } from './connection.js'

let close: (() => Promise<unknown>) | undefined

afterEach(async () => {
  await close?.()
  close = undefined
})

const trusting = { ca: testCertificate, serverNames: ['localhost'] }

type OnRequest = (socket: Socket, count: number) => void

/** Calls `onRequest` for each `REQUEST;` that comes; what is between TCP and HTTP is the test's. */
async function listen(
  onRequest: OnRequest,
  secure = false,
): Promise<ConnectionTarget & { connections: () => number }> {
  const sockets = new Set<Socket>()
  let connections = 0
  let requests = 0
  const serve = (socket: Socket) => {
    connections++
    sockets.add(socket)
    let text = ''
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      while (text.includes('REQUEST;')) {
        text = text.replace('REQUEST;', '')
        onRequest(socket, requests++)
      }
    })
  }
  const server: Server = secure
    ? createTlsServer({ cert: testCertificate, key: testKey }, serve)
    : createTcpServer(serve)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  close = () => {
    for (const socket of sockets) socket.destroy()
    return new Promise((resolve) => server.close(resolve))
  }
  const address = server.address()
  return {
    address: '127.0.0.1',
    port: typeof address === 'object' && address !== null ? address.port : 0,
    tls: secure ? trusting : undefined,
    connections: () => connections,
  }
}

interface Seen {
  request: string
  end: RequestEnd
  status: number
  body: string
}

function client(target: ConnectionTarget, deadlineMs = 20_000) {
  let reported: ((seen: Seen) => void) | undefined
  let retries = 0
  const connection = new Connection<string>(
    {
      target,
      tls: connectionTls(target),
      deadlineUs: deadlineMs * 1000,
      keepBody: true,
      readBuffer: Buffer.alloc(64),
      onRetry: () => retries++,
      builder: { build: () => 0 },
    },
    ({ response }, request, end) =>
      reported?.({
        request,
        end,
        status: response.head.status,
        body: Buffer.from(response.body ?? []).toString(),
      }),
  )
  connection.fragments.push(Buffer.from('REQ'), Buffer.from('UEST'), Buffer.from(';'))
  const ask = (name: string) =>
    new Promise<Seen>((resolve) => {
      reported = resolve
      connection.begin(name)
    })
  return { connection, ask, retries: () => retries }
}

const answer = (body: string, more = '') =>
  `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n${more}\r\n${body}`

describe.each([
  ['http', false],
  ['https', true],
])('over %s', (_, secure) => {
  test('requests follow each other on one connection', async () => {
    const target = await listen((socket, count) => socket.write(answer(`number ${count}`)), secure)
    const { connection, ask } = client(target)
    expect(await ask('a')).toEqual({ request: 'a', end: 'answered', status: 200, body: 'number 0' })
    expect(connection.connectUs).toBeGreaterThan(0)
    expect(await ask('b')).toMatchObject({ request: 'b', body: 'number 1' })
    expect(connection.connectUs).toBeNaN()
    expect(target.connections()).toBe(1)
    connection.abort()
  })

  test('an answer larger than the read buffer, in many pieces, is whole', async () => {
    const body = 'x'.repeat(100_000)
    const { connection, ask } = client(await listen((socket) => socket.write(answer(body)), secure))
    expect(await ask('a')).toMatchObject({ end: 'answered', body })
    connection.abort()
  })
})

test('an untrusted certificate ends in a connection error', async () => {
  const target = await listen(() => {}, true)
  const { ask, connection } = client({ ...target, tls: { serverNames: ['localhost'] } })
  expect(await ask('a')).toMatchObject({ end: 'connection-error' })
  expect(connection.sentUs).toBeNaN()
})

test('a connection that the server closes after its answer is made again', async () => {
  const target = await listen((socket) => socket.end(answer('bye', 'connection: close\r\n')))
  const { ask } = client(target)
  for (const name of ['a', 'b', 'c'])
    expect(await ask(name)).toMatchObject({ request: name, end: 'answered' })
  expect(target.connections()).toBe(3)
})

test('after an error the connection is not trusted, whatever its headers say', async () => {
  const target = await listen((socket) => socket.write('HTTP/1.1 503 x\r\ncontent-length: 0\r\n\r\n'))
  const { ask } = client(target)
  expect(await ask('a')).toMatchObject({ end: 'answered', status: 503 })
  expect(await ask('b')).toMatchObject({ end: 'answered', status: 503 })
  expect(target.connections()).toBe(2)
})

test('an idle connection that the server closed costs no request', async () => {
  let closed: Promise<unknown> | undefined
  const target = await listen((socket) => {
    socket.end(answer('ok'))
    closed ??= new Promise((resolve) => socket.once('close', resolve))
  })
  const { ask } = client(target)
  await ask('a')
  await closed
  expect(await ask('b')).toMatchObject({ end: 'answered' })
})

test.each<[string, OnRequest, RequestEnd]>([
  ['a reset', (socket) => void socket.resetAndDestroy(), 'connection-error'],
  [
    'an early close',
    (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhal'),
    'connection-error',
  ],
  ['a close without a word', (socket) => socket.end(), 'connection-error'],
  ['garbage', (socket) => socket.write('\u0000\u0001 what?'), 'malformed'],
  ['another protocol', (socket) => socket.write('220 smtp ready\r\n'), 'malformed'],
])('%s ends the request', async (_, onRequest, end) => {
  const { ask } = client(await listen(onRequest))
  expect(await ask('a')).toMatchObject({ end })
  expect(await ask('b')).toMatchObject({ end })
})

test('an answer that ends with the connection is an answer', async () => {
  const { ask } = client(await listen((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nto the end')))
  expect(await ask('a')).toMatchObject({ end: 'answered', body: 'to the end' })
})

test('bytes after an answer never become the next one', async () => {
  const target = await listen((socket) => socket.write(answer('mine') + answer('stray')))
  const { ask } = client(target)
  expect(await ask('a')).toMatchObject({ body: 'mine' })
  expect(await ask('b')).toMatchObject({ body: 'mine' })
  expect(target.connections()).toBe(2)
})

test('a request without an answer times out at its deadline, and not before', async () => {
  const { connection, ask } = client(await listen(() => {}), 5_000)
  const asked = ask('a')
  await new Promise<void>((resolve) => {
    const wait = () => (Number.isNaN(connection.sentUs) ? setImmediate(wait) : resolve())
    wait()
  })
  connection.expireAt(connection.sentUs + 4_999_999)
  expect(connection.idle).toBe(false)
  connection.expireAt(connection.sentUs + 5_000_000)
  expect(await asked).toMatchObject({ end: 'timeout' })
  expect(connection.idle).toBe(true)
})

test('connecting counts against the deadline too', async () => {
  const target = await listen(() => {})
  const { connection, ask } = client(target, 1000)
  const asked = ask('a')
  connection.expireAt(nowUs() + 1_000_000)
  expect(await asked).toMatchObject({ end: 'connection-error' })
})

test('a refused connection is an error, and the next request tries again', async () => {
  const target = await listen(() => {})
  await close!()
  const { ask } = client(target)
  expect(await ask('a')).toMatchObject({ end: 'connection-error' })
  expect(await ask('b')).toMatchObject({ end: 'connection-error' })
})

test('an abort ends what is open', async () => {
  const { connection, ask } = client(await listen(() => {}))
  const asked = ask('a')
  connection.abort()
  expect(await asked).toMatchObject({ end: 'aborted' })
})

describe('a connection that the idle server closed just as the request was sent', () => {
  /** Answers the first request of each connection; closes it without a word when the next one comes. */
  const closing = async (close: (socket: Socket) => void) => {
    const answered = new WeakSet<Socket>()
    return listen((socket) => {
      if (answered.has(socket)) close(socket)
      else socket.write(answer('ok'))
      answered.add(socket)
    })
  }

  test.each<[string, (socket: Socket) => void]>([
    ['closed', (socket) => socket.end()],
    ['reset', (socket) => socket.resetAndDestroy()],
  ])('%s: the request is sent again, once, and counts from its first send', async (_, close) => {
    const target = await closing(close)
    const { connection, ask, retries } = client(target)
    await ask('a')
    const before = nowUs()
    const asked = ask('b')
    const firstSentUs = connection.sentUs
    expect(firstSentUs).toBeGreaterThanOrEqual(before)
    expect(await asked).toMatchObject({ request: 'b', end: 'answered', body: 'ok' })
    expect(connection.sentUs).toBe(firstSentUs)
    expect(connection.connectUs).toBeNaN()
    expect(target.connections()).toBe(2)
    expect(retries()).toBe(1)
    connection.abort()
  })

  test('where a part of the answer came, the request is not sent again', async () => {
    const target = await closing((socket) => socket.end('HTTP/1.1 200 OK\r\n'))
    const { ask, retries } = client(target)
    await ask('a')
    expect(await ask('b')).toMatchObject({ end: 'connection-error' })
    expect(retries()).toBe(0)
    expect(target.connections()).toBe(1)
  })

  test('a new connection that is closed too ends the request', async () => {
    let requests = 0
    const target = await listen((socket) => {
      if (requests++ === 0) socket.write(answer('ok'))
      else socket.end()
    })
    const { ask, retries } = client(target)
    await ask('a')
    expect(await ask('b')).toMatchObject({ end: 'connection-error' })
    expect(retries()).toBe(1)
    expect(requests).toBe(3)
  })

  test('one that is closed after a second was closed with the request in hand, and ends it', async () => {
    const target = await closing((socket) => void setTimeout(() => socket.end(), 1100))
    const { ask, retries } = client(target)
    await ask('a')
    expect(await ask('b')).toMatchObject({ end: 'connection-error' })
    expect(retries()).toBe(0)
  })
})
