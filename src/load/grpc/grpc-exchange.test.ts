import type { Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { withGrpcPrefix } from '../../frames/message/grpc-prefix.js'
import { nowUs } from '../../system/now-us.js'
import type { Exchange, RequestEnd } from '../exchange.js'
import {
  answerFrames,
  answerHeaders,
  answerTrailers,
  isRequestEnd,
  plainSettings,
  startRawServer,
  type RawServer,
  type SentFrame,
} from '../testing/raw-http2-server.test.support.js'
import { smallCallPayload } from '../testing/small-payload.test.support.js'
import { grpcEngine } from './grpc-engine.js'
import {
  FrameFlag,
  FrameType,
  http2Frame,
  mostFrameBytes,
  numberFrame,
  Setting,
  settingsFrame,
} from './http2-frame.js'

let server: RawServer
let close: () => void = () => undefined

afterEach(async () => {
  close()
  await server.close()
})

interface Seen {
  end: RequestEnd
  status: number
  body: string
  reason: string | undefined
  problem: string
}

interface TestRequest {
  clipFrames: number[]
  client: number
  done: (seen: Seen) => void
}

/** Calls of one device with one frame of this size. */
function client({ frameBytes = 0, deadlineMs = 20_000 } = {}) {
  let retries = 0
  const ids: string[] = []
  const engine = grpcEngine({
    payload: smallCallPayload(2, 1, frameBytes),
    endpoint: { protocol: 'grpc', api: 'torchserve', tls: false, host: 'models', port: 7070, path: '/s/M' },
    deadlineMs,
    headers: {},
    target: server.target,
    tls: undefined,
    keepBody: true,
    readBuffer: Buffer.alloc(64),
    onRetry: () => retries++,
  })
  const open = () =>
    engine.open<TestRequest>(({ response, reason }, request, end) => {
      const body = Buffer.from(response.body ?? []).toString()
      ids.push(Buffer.from(response.head.serverRequestId.buffer).toString('hex'))
      request.done({ end, status: response.head.status, body, reason, problem: response.problem })
    })
  const ask = (exchange: Exchange<TestRequest> = open()) =>
    new Promise<Seen>((done) => {
      const request = { clipFrames: [0], client: 0, done }
      exchange.build(request)
      exchange.begin(request)
    })
  close = () => engine.close()
  return { engine, open, ask, retries: () => retries, ids: () => ids }
}

const answered = (body: string) => ({ end: 'answered', status: 200, body })

/** Settings of a server that never lets a message wait. */
const roomy = Buffer.concat([
  settingsFrame([[Setting.initialWindowSize, 2 ** 30]]),
  numberFrame(FrameType.windowUpdate, 0, 2 ** 30),
])

/** The messages that the server got, by stream. */
function messages(): string[] {
  const byStream = new Map<number, string>()
  for (const { type, stream, payload } of server.frames) {
    if (type === FrameType.data)
      byStream.set(stream, (byStream.get(stream) ?? '') + payload.toString('latin1'))
  }
  return [...byStream.values()]
}

test('calls follow each other on one connection, each on a stream of its own', async () => {
  server = await startRawServer((frame, socket) => {
    if (isRequestEnd(frame)) socket.write(answerFrames(frame.stream, `answer ${frame.stream}`))
  })
  const { ask, open } = client()
  const exchange = open()
  expect(await ask(exchange)).toMatchObject(answered('answer 1'))
  expect(exchange.connectUs).toBeGreaterThan(0)
  expect(exchange.answeredUs).toBeGreaterThan(exchange.sentUs)
  expect(await ask(exchange)).toMatchObject(answered('answer 3'))
  expect(exchange.connectUs).toBeNaN()
  expect(server.connections()).toBe(1)
})

test('an answer may be cut anywhere, padded, continued, and mixed with other frames', async () => {
  const stream = 1
  const padded = (bytes: Uint8Array) => Buffer.concat([Buffer.of(3), bytes, Buffer.alloc(3)])
  const { headers, data, continuation, ping, windowUpdate } = FrameType
  const message = withGrpcPrefix(Buffer.from('whole'))
  const bytes = Buffer.concat([
    http2Frame(headers, FrameFlag.padded, stream, padded(answerHeaders.subarray(0, 4))),
    http2Frame(continuation, 0, stream, answerHeaders.subarray(4, 9)),
    http2Frame(continuation, FrameFlag.endHeaders, stream, answerHeaders.subarray(9)),
    http2Frame(ping, 0, 0, Buffer.from('12345678')),
    http2Frame(data, FrameFlag.padded, stream, padded(message.subarray(0, 7))),
    numberFrame(windowUpdate, 0, 1000),
    http2Frame(0xfa, 0, 0, Buffer.from('an extension')),
    http2Frame(data, 0, stream, message.subarray(7)),
    http2Frame(headers, FrameFlag.endHeaders | FrameFlag.endStream, stream, answerTrailers),
  ])
  const sendSlowly = async (frame: SentFrame, socket: Socket) => {
    if (!isRequestEnd(frame)) return
    socket.setNoDelay(true)
    for (const byte of bytes) {
      socket.write(Buffer.of(byte))
      await new Promise(setImmediate)
    }
  }
  server = await startRawServer((frame, socket) => void sendSlowly(frame, socket))
  expect(await client().ask()).toMatchObject(answered('whole'))
  const isPong = ({ type, flags }: { type: number; flags: number }) =>
    type === FrameType.ping && flags === FrameFlag.ack
  await expect.poll(() => server.frames.find(isPong)?.payload.toString()).toBe('12345678')
})

test('a message waits for the windows of stream and connection, and arrives whole', async () => {
  const tiny = settingsFrame([[Setting.initialWindowSize, 10]])
  const allowed = { stream: 10, connection: 65_535 }
  let sent = 0
  server = await startRawServer(({ type, flags, stream, payload }, socket) => {
    if (type !== FrameType.data) return
    sent += payload.length
    expect(sent).toBeLessThanOrEqual(Math.min(allowed.stream, allowed.connection))
    if ((flags & FrameFlag.endStream) !== 0) {
      socket.write(answerFrames(stream, 'read'))
      return
    }
    // First the stream gets more than the connection, then the other way round.
    if (sent === allowed.connection) {
      allowed.connection += 50_000
      socket.write(numberFrame(FrameType.windowUpdate, 0, 50_000))
    } else if (sent === allowed.stream) {
      allowed.stream += 40_000
      socket.write(numberFrame(FrameType.windowUpdate, stream, 40_000))
    }
  }, tiny)
  expect(await client({ frameBytes: 150_000 }).ask()).toMatchObject(answered('read'))
  const [message] = messages()
  expect(message).toHaveLength(sent)
  expect(message).toContain('f0 '.padEnd(150_000))
})

test('a setting that makes the windows smaller, even negative, holds for open streams', async () => {
  let resumed = false
  server = await startRawServer(({ type, flags, stream }, socket) => {
    if (type === FrameType.headers) socket.write(settingsFrame([[Setting.initialWindowSize, 1000]]))
    if (type === FrameType.settings && flags === FrameFlag.ack && server.frames.length > 4 && !resumed) {
      resumed = true
      socket.write(numberFrame(FrameType.windowUpdate, 0, 500_000))
      socket.write(numberFrame(FrameType.windowUpdate, stream === 0 ? 1 : stream, 500_000))
    }
    if (type === FrameType.data && (flags & FrameFlag.endStream) !== 0)
      socket.write(answerFrames(stream, 'read'))
  })
  expect(await client({ frameBytes: 300_000 }).ask()).toMatchObject(answered('read'))
  expect(messages()[0]).toContain('f0 '.padEnd(300_000))
})

test('the same kept message is sent by several calls at once, each with its own id', async () => {
  const held: number[] = []
  server = await startRawServer((frame, socket) => {
    if (!isRequestEnd(frame)) return
    held.push(frame.stream)
    if (held.length % 4 === 0)
      for (const stream of held.slice(-4)) socket.write(answerFrames(stream, `for ${stream}`))
  }, roomy)
  const { ask, ids } = client({ frameBytes: 40_000 })
  for (let round = 0; round < 3; round++) await Promise.all([ask(), ask(), ask(), ask()])
  const keys = messages().map((message) => /frame_0000_([0-9a-f]{32})/.exec(message)?.[1])
  expect(new Set(keys)).toEqual(new Set(ids()))
  expect(keys).toHaveLength(12)
  expect(new Set(messages().map((message) => message.replace(/frame_0000_[0-9a-f]{32}/, ''))).size).toBe(1)
  expect(server.frames.every(({ payload }) => payload.length <= mostFrameBytes)).toBe(true)
})

test('after GOAWAY calls that the server has not processed are sent again on a new connection', async () => {
  server = await startRawServer(({ type, stream }, socket, connection) => {
    if (type !== FrameType.headers) return
    if (connection > 0) {
      socket.write(answerFrames(stream, 'second connection'))
      return
    }
    if (stream === 1) return
    const last = Buffer.from('0000000100000000', 'hex')
    socket.write(http2Frame(FrameType.goAway, 0, 0, Buffer.concat([last, Buffer.from('max_age')])))
    socket.write(answerFrames(1, 'first connection'))
  })
  const { ask, retries, ids } = client()
  const both = await Promise.all([ask(), ask()])
  expect(both.map(({ body }) => body)).toEqual(['first connection', 'second connection'])
  expect(retries()).toBe(1)
  expect(ids()).toHaveLength(2)
  for (const id of ids()) expect(messages().join('\n')).toContain(`frame_0000_${id}`)
})

test('GOAWAY with an error says which, if the server then closes', async () => {
  server = await startRawServer(({ type }, socket) => {
    if (type !== FrameType.headers) return
    const payload = Buffer.concat([Buffer.from('000000010000000b', 'hex'), Buffer.from('too_many_pings')])
    socket.end(http2Frame(FrameType.goAway, 0, 0, payload))
  })
  expect(await client().ask()).toMatchObject({
    end: 'connection-error',
    reason: 'the server closed the connection by GOAWAY ENHANCE_YOUR_CALM too_many_pings',
  })
})

test.each([
  ['garbage', Buffer.from('\u0016\u0003\u0001 this is not HTTP/2'), /a frame of 1442561 bytes/],
  ['a pushed answer', http2Frame(FrameType.pushPromise, 4, 1, Buffer.alloc(4)), /pushes an answer/],
  ['half a header block', http2Frame(FrameType.headers, 4, 1, Buffer.of(0x40, 0x0a)), /cannot be decoded/],
  [
    'an interrupted block',
    Buffer.concat([http2Frame(1, 0, 1, answerHeaders), http2Frame(6, 0, 0, Buffer.alloc(8))]),
    /interrupted/,
  ],
  ['padding beyond its frame', http2Frame(FrameType.data, FrameFlag.padded, 1, Buffer.of(9, 1)), /padding/],
])('%s ends all calls of the connection as malformed, and the next one is new', async (_, bytes, problem) => {
  server = await startRawServer((frame, socket, connection) => {
    if (!isRequestEnd(frame)) return
    if (connection > 0) socket.write(answerFrames(frame.stream, 'good'))
    else if (frame.stream === 3) socket.write(bytes)
  })
  const { ask } = client()
  for (const seen of await Promise.all([ask(), ask()])) {
    expect(seen.end).toBe('malformed')
    expect(seen.problem).toMatch(problem)
  }
  expect(await ask()).toMatchObject(answered('good'))
})

test('half a frame, then the end of the connection', async () => {
  server = await startRawServer((frame, socket) => {
    if (isRequestEnd(frame)) socket.end(answerFrames(frame.stream, 'x').subarray(0, 12))
  })
  // Nothing was heard of the call, but it was the first on its connection, so the server may have it.
  expect(await client().ask()).toMatchObject({ end: 'connection-error' })
})

test('a call that times out is cancelled, and its late answer disturbs nobody', async () => {
  server = await startRawServer(({ type, stream }, socket) => {
    if (type === FrameType.rstStream) socket.write(answerFrames(stream, 'too late'))
    else if (type === FrameType.headers && stream > 1) socket.write(answerFrames(stream, `answer ${stream}`))
    else if (type === FrameType.headers) socket.write(http2Frame(FrameType.ping, 0, 0, Buffer.alloc(8)))
  })
  const { ask, open } = client({ deadlineMs: 10_000 })
  const slow = open()
  const first = ask(slow)
  while (!server.frames.some(({ type }) => type === FrameType.ping)) await new Promise(setImmediate)
  slow.expireAt(nowUs() + 10_100_000)
  expect(await first).toMatchObject({ end: 'timeout' })
  expect(await ask()).toMatchObject(answered('answer 3'))
  expect(await ask()).toMatchObject(answered('answer 5'))
  expect(server.connections()).toBe(1)
})

test('a connection from which nothing came since the send of a call that times out is given up', async () => {
  server = await startRawServer((frame, socket, connection) => {
    if (connection > 0 && isRequestEnd(frame)) socket.write(answerFrames(frame.stream, 'new'))
  })
  const { ask, open } = client({ deadlineMs: 10_000 })
  const slow = open()
  const first = ask(slow)
  while (!server.frames.some(isRequestEnd)) await new Promise(setImmediate)
  slow.expireAt(nowUs() + 10_100_000)
  expect(await first).toMatchObject({ end: 'timeout' })
  expect(await ask()).toMatchObject(answered('new'))
})

test('calls wait for the settings of the server, and say if none come', async () => {
  server = await startRawServer(() => undefined, Buffer.alloc(0))
  const { ask, open } = client({ deadlineMs: 50 })
  const exchange = open()
  const seen = ask(exchange)
  exchange.expireAt(nowUs() + 100_000)
  expect(await seen).toMatchObject({ end: 'connection-error' })
  expect(exchange.sentUs).toBeNaN()
  expect(exchange.errorCode).toBe('ETIMEDOUT')
})

test('a server that allows no streams is not asked again and again', async () => {
  server = await startRawServer(() => undefined, settingsFrame([[Setting.maxConcurrentStreams, 0]]))
  const seen = await client().ask()
  expect(seen).toMatchObject({ end: 'connection-error' })
  expect(seen.reason).toContain('allows no streams')
  expect(server.connections()).toBe(1)
})

test('an aborted call is ended at once', async () => {
  server = await startRawServer(() => undefined, plainSettings)
  const { ask, open } = client()
  const exchange = open()
  const seen = ask(exchange)
  exchange.abort()
  expect(await seen).toMatchObject({ end: 'aborted' })
})
