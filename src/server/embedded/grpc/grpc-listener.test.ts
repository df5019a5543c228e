import { connect as connectHttp2 } from 'node:http2'
import { connect } from 'node:net'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { withGrpcPrefix } from '../../../frames/message/grpc-prefix.js'
import { predictions } from '../../../frames/message/predictions.js'
import { embeddedDefaults } from '../embedded-config.js'
import { EmbeddedServer } from '../embedded-server.js'
import { predict, sendStream } from './grpc.test.support.js'

const frame = Buffer.from('a frame')
const request = withGrpcPrefix(
  predictions.encodeRequest({ modelName: 'resnet-18', modelVersion: '', input: new Map([['body', frame]]) }),
)
const maxRequestBytes = 100_000

/** Runs in this process, so that a crash ends the test. Resolves with the status of a prediction after it. */
async function withListener(use: (port: number) => Promise<void>): Promise<number | undefined> {
  const service = { tauMs: 1, alphaMs: 0, jitter: 0 }
  const archives = [{ file: 'a.mar', modelName: 'resnet-18', service, faults: [] }]
  const server = new EmbeddedServer({ ...embeddedDefaults, maxRequestBytes, archives })
  try {
    const { grpcPort } = await server.open()
    await server.configure('a.mar', { serverBatchSize: 1, workers: 1 })
    await use(grpcPort)
    return (await predict(grpcPort, { body: frame })).status
  } finally {
    await server.close()
  }
}

const cancel = 8
const internalError = 2
/** The answers of TorchServe 0.12, which is written with grpc-java. */
const refusals: [string, Buffer, Record<string, string | undefined>, object][] = [
  ['no message', Buffer.alloc(0), {}, { status: 13, message: 'Half-closed without a request' }],
  ['two messages', Buffer.concat([request, request]), {}, { status: 13, message: 'Too many requests' }],
  ['half a message', request.subarray(0, 9), {}, { status: undefined, resetCode: cancel }],
  ['half a prefix', request.subarray(0, 3), {}, { status: undefined, resetCode: cancel }],
  ['bytes that are no message', withGrpcPrefix(Buffer.alloc(11, 255)), {}, { status: 2, message: '' }],
  [
    'a message beyond the limit',
    withGrpcPrefix(Buffer.alloc(100_001)),
    {},
    { status: undefined, resetCode: cancel },
  ],
  [
    'the prefix of a huge message',
    Buffer.from([0, 0xff, 0, 0, 0]),
    {},
    { status: undefined, resetCode: cancel },
  ],
  [
    'compression without a method',
    Buffer.concat([Buffer.from([1]), request.subarray(1)]),
    {},
    { status: undefined, resetCode: cancel },
  ],
  ['an unknown compression', request, { 'grpc-encoding': 'snappy' }, { status: 12 }],
  ['an unknown method', request, { ':path': '/a.B/C' }, { status: 12, message: 'Method not found: a.B/C' }],
  ['no content type', request, { 'content-type': undefined }, { httpStatus: 415, status: 13 }],
  ['JSON', request, { 'content-type': 'application/json' }, { httpStatus: 415, status: 13 }],
  ['GET', Buffer.alloc(0), { ':method': 'GET' }, { httpStatus: 405, status: 13 }],
  [
    'a timeout that is none',
    request,
    { 'grpc-timeout': 'soon' },
    { status: undefined, resetCode: internalError },
  ],
]

test.each(refusals)('%s is refused as the real server refuses it', async (_name, body, headers, expected) => {
  const status = await withListener(async (port) => {
    expect(await sendStream(port, predictions.path, body, headers)).toMatchObject(expected)
  })
  expect(status).toBe(0)
})

test('a message of exactly the limit is taken', async () => {
  const status = await withListener(async (port) => {
    const overhead = request.length - 5 - frame.length
    // The lengths of the entry and of the frame take two bytes more each.
    const largest = await predict(port, { body: Buffer.alloc(maxRequestBytes - overhead - 4, 7) })
    expect(largest.status).toBe(0)
  })
  expect(status).toBe(0)
})

test('a call is cancelled at the end of its timeout', async () => {
  const status = await withListener(async (port) => {
    const ended = await sendStream(port, predictions.path, request, { 'grpc-timeout': '1n' })
    expect(ended.status === 0 || ended.resetCode === cancel).toBe(true)
    expect(await sendStream(port, predictions.path, request, { 'grpc-timeout': '99999999H' })).toMatchObject({
      status: 0,
    })
  })
  expect(status).toBe(0)
})

/** Sends bytes as they are and waits for the end of the connection, or for a moment. */
function sendBytes(port: number, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.end(bytes))
    socket.on('error', () => {})
    socket.on('close', () => resolve())
    socket.resume()
    setTimeout(() => socket.destroy(), 500).unref()
  })
}

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
const settings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])

test('bytes that are not HTTP/2 end their connection only', async () => {
  const status = await withListener(async (port) => {
    await sendBytes(
      port,
      Buffer.from('POST /predictions/m HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc'),
    )
    await sendBytes(port, Buffer.alloc(5000, 0xfe))
    await sendBytes(port, Buffer.concat([preface, Buffer.alloc(5000, 0xfe)]))
    await sendBytes(port, Buffer.concat([preface, settings, Buffer.from([255, 255, 255, 0, 0, 0, 0, 0, 1])]))
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), (noise) =>
        sendBytes(port, Buffer.concat([preface, settings, noise])),
      ),
      { numRuns: 30 },
    )
  })
  expect(status).toBe(0)
})

test('floods of pings, settings, calls without an end and cancelled calls do no harm', async () => {
  const status = await withListener(async (port) => {
    const ping = Buffer.from([0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8])
    await sendBytes(port, Buffer.concat([preface, settings, ...Array.from({ length: 20_000 }, () => ping)]))
    await sendBytes(port, Buffer.concat([preface, ...Array.from({ length: 20_000 }, () => settings)]))
    for (const act of ['leave', 'cancel']) {
      const session = connectHttp2(`http://127.0.0.1:${port}`)
      session.on('error', () => {})
      const closed = new Promise((resolve) => session.on('close', resolve))
      for (let call = 0; call < 3000; call++) {
        if (session.destroyed || session.closed) break
        const stream = session.request({
          ':method': 'POST',
          ':path': predictions.path,
          'content-type': 'application/grpc',
        })
        stream.on('error', () => {})
        stream.write(request.subarray(0, 20))
        if (act === 'cancel') stream.close(cancel)
      }
      await new Promise((resolve) => setTimeout(resolve, 200))
      session.destroy()
      await closed
    }
  })
  expect(status).toBe(0)
})

test('a client that disconnects before its answer disturbs no other', async () => {
  const status = await withListener(async (port) => {
    const session = connectHttp2(`http://127.0.0.1:${port}`)
    session.on('error', () => {})
    const stream = session.request({
      ':method': 'POST',
      ':path': predictions.path,
      'content-type': 'application/grpc',
    })
    stream.on('error', () => {})
    stream.end(request)
    await new Promise((resolve) => setTimeout(resolve, 20))
    session.destroy()
  })
  expect(status).toBe(0)
})
