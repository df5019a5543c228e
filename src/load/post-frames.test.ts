import { createServer, type AddressInfo } from 'node:net'
import { afterEach, expect, test, vi } from 'vitest'
import {
  answerCalls,
  replyStatus,
  startScriptedGrpcServer,
} from './testing/scripted-grpc-server.test.support.js'
import { smallCallPayload, smallPayload } from './testing/small-payload.test.support.js'
import { answerFrames, startScriptedServer } from './testing/scripted-server.test.support.js'
import { endpointUrl, type Endpoint } from '../server/endpoint.js'
import { ExitCode } from '../system/user-error.js'
import { keepConnections, postFrames } from './post-frames.js'

afterEach(() => {
  vi.unstubAllEnvs()
})

test('a frame is posted with the token of its variable, without the newline of a secret file', async () => {
  vi.stubEnv('TS_KEY', 's3cret\n')
  const server = await startScriptedServer(answerFrames)
  const endpoint = { ...server.endpoint, tokenEnv: 'TS_KEY' }
  const signal = new AbortController().signal
  const { status } = await postFrames(endpoint, smallPayload(1, 1), [0], { deadlineMs: 5000, signal })
  await server.close()
  expect(status).toBe(200)
  expect(server.seen[0]?.headers.authorization).toBe('Bearer s3cret')
})

test('a server that does not answer is an environment error that says why', async () => {
  const server = await startScriptedServer(() => {})
  const post = () => postFrames(server.endpoint, smallPayload(1, 1), [0], { deadlineMs: 100 })
  await expect(post()).rejects.toMatchObject({
    exitCode: ExitCode.environment,
    parts: { where: endpointUrl(server.endpoint), received: 'no answer within 100 ms' },
  })
  await server.close()
  await expect(post()).rejects.toMatchObject({ parts: { received: 'no connection (ECONNREFUSED)' } })
})

test('an abort throws its reason', async () => {
  const controller = new AbortController()
  const server = await startScriptedServer(() => controller.abort(new Error('stopped by the test')))
  const options = { deadlineMs: 20_000, signal: controller.signal }
  await expect(postFrames(server.endpoint, smallPayload(1, 1), [0], options)).rejects.toThrow(
    'stopped by the test',
  )
  await server.close()
})

test('over gRPC the answer is that of the handler, or the status with what the server says', async () => {
  vi.stubEnv('TS_KEY', 's3cret')
  const server = await startScriptedGrpcServer((call, stream) => {
    if (call.number === 2) replyStatus(stream, 14, 'no worker')
    else if (call.number === 3) stream.close(2)
    else answerCalls(call, stream)
  })
  const endpoint = { ...server.endpoint, tokenEnv: 'TS_KEY' }
  const connections = keepConnections(endpoint)
  const post = () => postFrames(endpoint, smallCallPayload(5, 2), [4, 0], { deadlineMs: 5000, connections })
  for (const _ of [0, 1]) {
    const { status, body } = await post()
    expect(status).toBe(200)
    expect(body.toString()).toBe('[{"class 4":0.5},{"class 0":0.5}]')
  }
  expect(server.seen[0]!.headers).toMatchObject({ authorization: 'Bearer s3cret', te: 'trailers' })
  expect(await post()).toEqual({ status: 14, body: Buffer.from('no worker') })
  await expect(post()).rejects.toThrow('the server did not answer')
  expect(await post()).toMatchObject({ status: 200 })
  expect(new Set(server.seen.map(({ connection }) => connection)).size).toBe(1)
  connections.close()
  await server.close()
})

test('a port without gRPC, one that nobody listens to, and a call without an answer say so', async () => {
  const http = await startScriptedServer(answerFrames)
  const post = (endpoint: Endpoint) => postFrames(endpoint, smallCallPayload(1, 1), [0], { deadlineMs: 200 })
  const grpc = { ...http.endpoint, protocol: 'grpc' } as const
  await expect(post(grpc)).rejects.toMatchObject({ parts: { received: expect.stringMatching(/HTTP\/2/) } })
  await http.close()
  await expect(post(grpc)).rejects.toMatchObject({ parts: { received: 'no connection (ECONNREFUSED)' } })
  const encrypted = await startScriptedGrpcServer(() => undefined, { tls: true })
  await expect(post({ ...encrypted.endpoint, tls: false })).rejects.toMatchObject({
    parts: {
      received: 'the server closed the connection before it sent HTTP/2 SETTINGS',
      remedy: expect.stringContaining('A TLS server needs https://'),
    },
  })
  await encrypted.close()
  const resetting = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => socket.resetAndDestroy())
  })
  await new Promise<void>((resolve) => resetting.listen(0, '127.0.0.1', resolve))
  const { port } = resetting.address() as AddressInfo
  await expect(post({ ...grpc, port })).rejects.toMatchObject({
    parts: { received: 'the server closed the connection before it sent HTTP/2 SETTINGS' },
  })
  resetting.close()
  const silent = await startScriptedGrpcServer(() => undefined)
  await expect(post({ ...silent.endpoint, tls: true })).rejects.toMatchObject({
    parts: { received: expect.stringMatching(/ERR_SSL|EPROTO/), remedy: expect.stringContaining('http://') },
  })
  await expect(post(silent.endpoint)).rejects.toMatchObject({
    parts: { received: 'no answer within 200 ms' },
  })
  await silent.close()
})
