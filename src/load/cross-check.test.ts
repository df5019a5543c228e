import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import type { Endpoint } from '../server/endpoint.js'
import { crossCheckFps } from './cross-check.js'
import {
  answerFrames,
  type ScriptedServer,
  startScriptedServer,
} from './testing/scripted-server.test.support.js'
import {
  answerCalls,
  replyStatus,
  startScriptedGrpcServer,
  type ScriptedGrpcServer,
} from './testing/scripted-grpc-server.test.support.js'
import { smallCallPayload, smallPayload } from './testing/small-payload.test.support.js'
import { testCertificate } from './testing/test-certificate.test.support.js'

let server: ScriptedServer | undefined

let grpcServer: ScriptedGrpcServer | undefined

afterEach(async () => {
  await server?.close()
  await grpcServer?.close()
})

const job = (framesPerRequest: number, endpoint: Endpoint = server!.endpoint) => ({
  endpoint,
  payload: smallPayload(10, framesPerRequest),
  framesPerRequest,
  framesInFlight: 4,
  deadlineMs: 5000,
  durationS: 1,
})

test('autocannon sends our frames and counts those that were answered', async () => {
  server = await startScriptedServer(answerFrames)
  const fps = await crossCheckFps(job(2), new AbortController().signal)
  const answered = server.seen.length * 2
  expect(fps).toBeGreaterThan(0)
  expect(fps).toBeLessThanOrEqual(answered)
  expect(new Set(server.seen.map(({ body }) => body))).toEqual(
    new Set(['<0:f0 ><1:f1 >.', '<0:f2 ><1:f3 >.', '<0:f4 ><1:f5 >.', '<0:f6 ><1:f7 >.']),
  )
  expect(server.seen[0]!.headers['content-type']).toBe('application/json')
})

test('errors are no frames', async () => {
  server = await startScriptedServer((_, response) => response.writeHead(503).end())
  expect(await crossCheckFps(job(1), new AbortController().signal)).toBe(0)
})

test('it stops on abort', async () => {
  const stopper = new AbortController()
  server = await startScriptedServer((request, response) => {
    if (request.number === 20) stopper.abort()
    answerFrames(request, response)
  })
  expect(await crossCheckFps({ ...job(1), durationS: 3600 }, stopper.signal)).toBeGreaterThan(0)
})

test('over gRPC, grpc-js sends our messages on as many connections and counts what is OK', async () => {
  grpcServer = await startScriptedGrpcServer((call, stream) => {
    if (call.number % 4 === 3) replyStatus(stream, 14)
    else answerCalls(call, stream)
  })
  const { endpoint, seen } = grpcServer
  const payload = smallCallPayload(10, 2)
  const fps = await crossCheckFps({ ...job(2, endpoint), payload }, new AbortController().signal)
  expect(fps).toBeGreaterThan(0)
  expect(fps).toBeLessThanOrEqual(0.76 * seen.length * 2 + 2)
  expect(new Set(seen.map(({ frames }) => frames.join()))).toEqual(new Set(['0,1', '2,3', '4,5', '6,7']))
  expect(new Set(seen.map(({ connection }) => connection)).size).toBe(2)
})

test('over gRPC it uses TLS and metadata as the load does, and stops on abort', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'framestorm-cross-check-'))
  const caFile = join(folder, 'ca.pem')
  await writeFile(caFile, testCertificate)
  const stopper = new AbortController()
  grpcServer = await startScriptedGrpcServer(
    (call, stream) => {
      if (call.number === 20) stopper.abort()
      answerCalls(call, stream)
    },
    { tls: true },
  )
  const endpoint = { ...grpcServer.endpoint, caFile, headers: { 'X-Key': 'a', Host: 'localhost' } }
  const payload = smallCallPayload(10, 1)
  const fps = await crossCheckFps({ ...job(1, endpoint), payload, durationS: 3600 }, stopper.signal)
  await rm(folder, { recursive: true })
  expect(fps).toBeGreaterThan(0)
  expect(grpcServer.seen[0]!.headers).toMatchObject({ 'x-key': 'a', ':authority': 'localhost' })
})
