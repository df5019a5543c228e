import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Failure } from '../../run/failures.js'
import { readSamples } from '../../run/read-samples.js'
import { type MeasurementSamples, outcomes } from '../../run/record.js'
import type { Endpoint } from '../../server/endpoint.js'
import type { LoadJob } from '../load-job.js'
import { runLoad } from '../run-load.js'
import {
  answerCalls,
  reply,
  replyStatus,
  startScriptedGrpcServer,
  type CallScript,
  type ScriptedGrpcServer,
} from '../testing/scripted-grpc-server.test.support.js'
import { smallCameraLoad, smallJob } from '../testing/small-job.test.support.js'
import { smallCallPayload } from '../testing/small-payload.test.support.js'
import { requireSumsByOutcome } from '../testing/sums-by-outcome.test.support.js'
import { testCertificate, testKey } from '../testing/test-certificate.test.support.js'

let folder = ''
let server: ScriptedGrpcServer | undefined
let sockets: Server | undefined

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'framestorm-grpc-'))
})

afterEach(async () => {
  await server?.close()
  server = undefined
  sockets?.close()
  sockets = undefined
  delete process.env['GRPC_TEST_TOKEN']
  await rm(folder, { recursive: true, force: true })
})

async function load(endpoint: Endpoint, changes: Partial<LoadJob> & { clip?: number } = {}) {
  const job = smallJob(endpoint, join(folder, 'samples.bin'), changes)
  const result = await runLoad(job, { signal: new AbortController().signal })
  await requireSumsByOutcome(job.sampleFile, result.failures)
  return { ...result, samples: await readSamples(job.sampleFile) }
}

/** A load of a number of calls on a scripted server. */
async function calls(
  script: CallScript,
  changes: Parameters<typeof load>[1] & { tls?: boolean; settings?: object } = {},
) {
  const { tls, settings, ...job } = changes
  server = await startScriptedGrpcServer(script, { tls, settings })
  return load(server.endpoint, { extent: { passes: 3 }, ...job })
}

function counts({ requests }: MeasurementSamples): Record<string, number> {
  const found: Record<string, number> = {}
  for (let i = 0; i < requests.count; i++) {
    const name = outcomes[requests.outcome[i]!]!
    found[name] = (found[name] ?? 0) + 1
  }
  return found
}

const causes = (failures: Failure[]) =>
  failures.map(({ outcome, status, message }) => ({ outcome, status, message }))

async function listen(listening: Server): Promise<Endpoint> {
  sockets = listening
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
  const { port } = listening.address() as AddressInfo
  return { protocol: 'grpc', api: 'torchserve', tls: false, host: '127.0.0.1', port, path: '/s/M' }
}

test('each call is sent and recorded once, under the id that its key carries', async () => {
  const { samples, failures } = await calls(answerCalls, { load: { kind: 'closed', framesInFlight: 4 } })
  expect(failures).toEqual([])
  expect(counts(samples)).toEqual({ ok: 30 })
  const sent = server!.seen.flatMap(({ frames }) => frames)
  for (let frame = 0; frame < 10; frame++) expect(sent.filter((each) => each === frame)).toHaveLength(3)
  const { requests } = samples
  const ids = Array.from({ length: requests.count }, (_, row) =>
    Buffer.from(requests.serverRequestId.subarray(16 * row, 16 * row + 16)).toString('hex'),
  )
  expect(new Set(ids).size).toBe(30)
  expect(new Set(server!.seen.map(({ keys }) => keys[0]))).toEqual(
    new Set(ids.map((id) => `frame_0000_${id}`)),
  )
  for (let row = 0; row < requests.count; row++) {
    expect(requests.status[row]).toBe(200)
    expect(requests.sentUs[row]).toBeGreaterThanOrEqual(requests.dueUs[row]!)
    expect(requests.answeredUs[row]).toBeGreaterThan(requests.sentUs[row]!)
  }
  const { headers } = server!.seen[0]!
  expect(headers).toMatchObject({
    ':method': 'POST',
    ':scheme': 'http',
    ':authority': `127.0.0.1:${server!.endpoint.port}`,
    te: 'trailers',
    'content-type': 'application/grpc',
    'grpc-timeout': '20000m',
  })
})

test('a request of several frames is one message, and a partial one has fewer', async () => {
  const { samples } = await calls(answerCalls, { framesPerRequest: 4, clip: 10, extent: { passes: 1 } })
  expect(counts(samples)).toEqual({ ok: 3 })
  expect(server!.seen.map(({ frames }) => frames.length).toSorted((a, b) => a - b)).toEqual([2, 4, 4])
})

test.each([1, 3])('messages larger than every window arrive whole (K = %d)', async (framesPerRequest) => {
  const payload = smallCallPayload(6, framesPerRequest, 400_000)
  const { samples } = await calls(answerCalls, { framesPerRequest, payload })
  expect(counts(samples)).toEqual({ ok: 18 / framesPerRequest })
  for (const { messageBytes, frames } of server!.seen) {
    expect(frames).toHaveLength(framesPerRequest)
    expect(messageBytes).toBeGreaterThan(framesPerRequest * 400_000)
  }
  expect(samples.requests.bodyBytes[0]).toBe(server!.seen[0]!.messageBytes)
})

test('each edge device has one connection, which its calls share', async () => {
  await calls((call, stream) => setTimeout(() => answerCalls(call, stream), 60), {
    load: smallCameraLoad({ cameras: 4, camerasPerClient: 2, fps: 100 }),
    extent: { durationMs: 300 },
  })
  expect(new Set(server!.seen.map(({ connection }) => connection)).size).toBe(2)
})

test('a device opens more connections where the server allows fewer streams', async () => {
  const { samples } = await calls((call, stream) => setTimeout(() => answerCalls(call, stream), 60), {
    load: smallCameraLoad({ cameras: 1, fps: 100 }),
    extent: { durationMs: 300 },
    settings: { maxConcurrentStreams: 2 },
  })
  expect(Object.keys(counts(samples))).toEqual(['ok'])
  expect(new Set(server!.seen.map(({ connection }) => connection)).size).toBeGreaterThan(2)
})

test('a status other than OK is an http-error with its code and what the server says', async () => {
  const { samples, failures } = await calls(({ number }, stream) =>
    replyStatus(stream, number % 2 === 0 ? 14 : 8, number % 2 === 0 ? 'f%C3%BCll: 100%25' : ''),
  )
  expect(counts(samples)).toEqual({ 'http-error': 30 })
  expect(new Set(samples.requests.status)).toEqual(new Set([14, 8]))
  expect(causes(failures).toSorted((a, b) => a.status! - b.status!)).toEqual([
    { outcome: 'http-error', status: 8, message: 'RESOURCE_EXHAUSTED' },
    { outcome: 'http-error', status: 14, message: 'UNAVAILABLE: füll: 100%' },
  ])
})

test('a message that is too large is refused before it was sent, and the connection goes on', async () => {
  const payload = smallCallPayload(4, 1, 5_000_000)
  server = await startScriptedGrpcServer(answerCalls)
  server.refuseUnread = 'message larger than max (5000010 vs. 4194304)'
  const { samples, failures } = await load(server.endpoint, { payload, extent: { passes: 2 } })
  expect(counts(samples)).toEqual({ 'http-error': 8 })
  expect(causes(failures)).toEqual([
    {
      outcome: 'http-error',
      status: 8,
      message: 'RESOURCE_EXHAUSTED: message larger than max (5000010 vs. 4194304)',
    },
  ])
})

test('a deadline is a timeout, whether the server or the client finds it, and other calls go on', async () => {
  const { samples, failures } = await calls(
    (call, stream) => {
      if (call.number % 3 === 0) replyStatus(stream, 4, 'deadline of the server')
      else if (call.number % 3 === 1) answerCalls(call, stream)
    },
    // All at once, so that the deadline, long enough for a busy machine to answer, is waited for once.
    { deadlineMs: 2000, load: { kind: 'closed', framesInFlight: 30 } },
  )
  expect(counts(samples)).toEqual({ ok: 10, timeout: 20 })
  expect(
    causes(failures)
      .map(({ outcome, message }) => `${outcome} ${message}`)
      .toSorted(),
  ).toEqual(['timeout DEADLINE_EXCEEDED: deadline of the server', 'timeout no answer within 2000 ms'])
})

test('a stream that the server resets is a connection-error in words, and the connection goes on', async () => {
  const { samples, failures } = await calls((call, stream) => {
    if (call.number % 3 === 0) stream.close(2)
    else answerCalls(call, stream)
  })
  expect(counts(samples)).toEqual({ ok: 20, 'connection-error': 10 })
  expect(causes(failures)).toEqual([
    { outcome: 'connection-error', message: 'the server ended the call by RST_STREAM INTERNAL_ERROR' },
  ])
})

test('a refused stream is sent again, once', async () => {
  const { samples, failures, connectionsRetried } = await calls((call, stream) => {
    if (call.number === 5 || (call.number > 10 && call.frames[0] === 3)) stream.close(7)
    else answerCalls(call, stream)
  })
  expect(samples.requests.count).toBe(30)
  expect(connectionsRetried).toBeGreaterThanOrEqual(2)
  expect(new Set(causes(failures).map(({ message }) => message))).toEqual(
    new Set(['the server ended the call by RST_STREAM REFUSED_STREAM']),
  )
})

test('after GOAWAY the load goes on with a new connection, and nothing fails', async () => {
  const { samples, failures } = await calls((call, stream) => {
    answerCalls(call, stream)
    if (call.number % 7 === 0) stream.session?.close()
  })
  expect(failures).toEqual([])
  expect(counts(samples)).toEqual({ ok: 30 })
  expect(new Set(server!.seen.map(({ connection }) => connection)).size).toBeGreaterThan(2)
})

test('a connection that breaks fails its calls, and the load goes on with a new one', async () => {
  const { samples, failures } = await calls(
    (call, stream) => {
      if (call.number === 10) stream.session?.socket.resetAndDestroy()
      else answerCalls(call, stream)
    },
    { load: { kind: 'closed', framesInFlight: 1 }, deadlineMs: 2000 },
  )
  expect(samples.requests.count).toBe(30)
  expect(counts(samples)['ok']).toBeGreaterThanOrEqual(29)
  expect(failures.length).toBeLessThanOrEqual(1)
})

test('a server that dies refuses connections, and the load ends in order', async () => {
  const { failures } = await calls(
    (call, stream) => {
      answerCalls(call, stream)
      if (call.number === 10) void server!.close()
    },
    { extent: { durationMs: 600 }, warmupMaxMs: 0 },
  )
  expect(causes(failures).map(({ message }) => message)).toContain('could not connect (ECONNREFUSED)')
})

test('a server of HTTP/1.1 behind the port is quoted', async () => {
  const http = createHttpServer((_, response) => response.end('hello'))
  const { samples, failures } = await load(await listen(http), {
    extent: { durationMs: 300 },
    warmupMaxMs: 0,
  })
  expect(Object.keys(counts(samples))).toEqual(['bad-response'])
  // A loop pauses after a request that could not be sent.
  expect(samples.requests.count).toBeLessThan(20)
  expect(causes(failures)).toEqual([
    {
      outcome: 'bad-response',
      message: expect.stringMatching(
        /^not a gRPC answer: it does not begin with HTTP\/2 SETTINGS; received HTTP\/1\.1 400 Bad Request/,
      ),
    },
  ])
})

test('a port that accepts connections and says nothing is a timeout of the connection', async () => {
  const silent = createServer((socket) => socket.on('error', () => undefined))
  const { failures } = await load(await listen(silent), {
    deadlineMs: 150,
    extent: { durationMs: 300 },
    warmupMaxMs: 0,
  })
  expect(causes(failures)).toEqual([
    { outcome: 'connection-error', message: 'could not connect (ETIMEDOUT)' },
  ])
})

test('over TLS the server has to offer HTTP/2', async () => {
  const caFile = join(folder, 'ca.pem')
  await writeFile(caFile, testCertificate)
  server = await startScriptedGrpcServer(answerCalls, { tls: true })
  const { samples } = await load({ ...server.endpoint, caFile }, { extent: { passes: 3 } })
  expect(counts(samples)).toEqual({ ok: 30 })
  expect(server.seen[0]!.headers[':scheme']).toBe('https')
  const withAlpn = createTlsServer({ cert: testCertificate, key: testKey, ALPNProtocols: ['http/1.1'] })
  const withoutAlpn = createTlsServer({ cert: testCertificate, key: testKey })
  for (const other of [withAlpn, withoutAlpn]) {
    other.on('tlsClientError', () => undefined)
    const endpoint = { ...(await listen(other)), tls: true, caFile }
    const { failures } = await load(endpoint, { extent: { durationMs: 200 }, warmupMaxMs: 0 })
    other.close()
    expect(causes(failures)).toEqual([
      {
        outcome: 'connection-error',
        message: 'could not connect: the server does not offer HTTP/2 over TLS (ALPN)',
      },
    ])
  }
})

test('plain text to a port of TLS, and TLS to one of plain text, say what is wrong', async () => {
  const short = { extent: { durationMs: 200 }, warmupMaxMs: 0 } as const
  server = await startScriptedGrpcServer(answerCalls, { tls: true })
  const closed = await load({ ...server.endpoint, tls: false }, short)
  expect(causes(closed.failures)).toEqual([
    {
      outcome: 'connection-error',
      message: 'could not connect: the server closed the connection before it sent HTTP/2 SETTINGS',
    },
  ])
  // Java resets the connection.
  const resetting = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => socket.resetAndDestroy())
  })
  const reset = await load(await listen(resetting), short)
  resetting.close()
  expect(causes(reset.failures)).toEqual(causes(closed.failures))
  // OpenSSL's alert "protocol version", as nginx sends it; Node just closes the connection.
  const alerting = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.end(Buffer.from('15030300020246', 'hex'))
  })
  const alerted = await load(await listen(alerting), short)
  alerting.close()
  expect(causes(alerted.failures)).toEqual([
    {
      outcome: 'bad-response',
      message: expect.stringMatching(
        /^not a gRPC answer: it is a message of TLS, so the server expects https:/,
      ),
    },
  ])
  await server.close()
  server = await startScriptedGrpcServer(answerCalls)
  const encrypted = await load({ ...server.endpoint, tls: true }, short)
  expect(causes(encrypted.failures)).toEqual([
    { outcome: 'connection-error', message: expect.stringMatching(/^could not connect \((ERR_SSL|EPROTO)/) },
  ])
})

test('answers that are not gRPC say why', async () => {
  const { failures } = await calls(({ number }, stream) => {
    const grpc = { ':status': 200, 'content-type': 'application/grpc' }
    if (number % 7 === 0) {
      stream.respond({ ':status': 502, 'content-type': 'text/html' })
      stream.end('<html><title>502 Bad Gateway</title></html>')
    } else if (number % 7 === 1) {
      stream.respond({ ':status': 200, 'content-type': 'text/plain' })
      stream.end('hello')
    } else if (number % 7 === 2) {
      stream.respond(grpc)
      stream.end(Buffer.alloc(5))
    } else if (number % 7 === 3) replyStatus(stream, 0)
    else if (number % 7 === 6) {
      stream.respond(grpc)
      // The length of a message that never comes.
      stream.write(Buffer.from('0005000000', 'hex'))
    } else {
      stream.respond(grpc, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
      stream.end(Buffer.from(number % 7 === 4 ? '0100000000' : '00000000000000000000', 'hex'))
    }
  })
  expect(
    causes(failures)
      .map(({ status, message }) => `${status ?? ''} ${message}`)
      .toSorted(),
  ).toEqual([
    ' not a gRPC answer: it ends without a grpc-status; received (5 bytes that are not text)',
    ' not a gRPC answer: it has more than one message; received (10 bytes that are not text)',
    ' not a gRPC answer: it is OK without a message; received an empty body',
    ' not a gRPC answer: its content type is not application/grpc; received hello',
    ' not a gRPC answer: its message has more than 64 MB; received (5 bytes that are not text)',
    ' not a gRPC answer: its message is compressed; received (5 bytes that are not text)',
    '502 502 Bad Gateway.',
  ])
})

test('an answer of the handler that does not fit is a bad-response', async () => {
  const { failures } = await calls((_, stream) => reply(stream, '[{"cat":1}]'), {
    framesPerRequest: 3,
    clip: 9,
  })
  expect(failures[0]).toMatchObject({ outcome: 'bad-response', status: 200 })
  expect(failures[0]!.message).toContain('expected a JSON list of 3 results, received')
})

test('the token and header fields of the settings are metadata', async () => {
  process.env['GRPC_TEST_TOKEN'] = 'secretToken'
  server = await startScriptedGrpcServer(({ headers }, stream) =>
    replyStatus(stream, 7, `no access for ${headers.authorization}`),
  )
  const endpoint = {
    ...server.endpoint,
    tokenEnv: 'GRPC_TEST_TOKEN',
    headers: { 'X-Key': 'a', Host: 'models:1' },
  }
  const { failures } = await load(endpoint, { extent: { passes: 1 } })
  expect(server.seen[0]!.headers).toMatchObject({
    authorization: 'Bearer secretToken',
    'x-key': 'a',
    ':authority': 'models:1',
  })
  expect(server.seen[0]!.headers).not.toHaveProperty('host')
  expect(causes(failures)).toEqual([
    { outcome: 'http-error', status: 7, message: 'PERMISSION_DENIED: no access for Bearer ***' },
  ])
})

test('a token that TorchServe does not accept stops the load', async () => {
  process.env['GRPC_TEST_TOKEN'] = 'expiredToken'
  const refusal = 'Token Authorization failed. Token either incorrect, expired, or not provided correctly'
  server = await startScriptedGrpcServer((_, stream) => replyStatus(stream, 1, refusal))
  const endpoint = { ...server.endpoint, tokenEnv: 'GRPC_TEST_TOKEN' }
  await expect(load(endpoint, { extent: { durationMs: 3000 } })).rejects.toThrow('the token expired')
})
