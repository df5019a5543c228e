import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { beforeAll, afterAll, expect, onTestFinished, test } from 'vitest'
import {
  answerCalls,
  replyStatus,
  startScriptedGrpcServer,
  type CallScript,
  type ScriptedGrpcServer,
} from '../load/testing/scripted-grpc-server.test.support.js'
import { testCertificate } from '../load/testing/test-certificate.test.support.js'
import { embeddedDefaults } from '../server/embedded/embedded-config.js'
import { EmbeddedServer } from '../server/embedded/embedded-server.js'
import { framestormHere, rowsOf, temporaryFolder } from './testing/framestorm.test.support.js'
import { writeScenario } from './testing/small-scenario.test.support.js'

/** The HTTP API of the server, of which only its health is asked. */
const health = createServer((request, response) => {
  request.resume()
  response.end('{"status":"Healthy"}')
})
let healthAddress = ''

beforeAll(async () => {
  await new Promise<void>((resolve) => health.listen(0, '127.0.0.1', resolve))
  healthAddress = `http://127.0.0.1:${(health.address() as AddressInfo).port}`
})
afterAll(() => health.close())

/** Each of 20 frames four times, one per request, over gRPC at this address. */
async function bench(grpcUrl: string, more = '') {
  const scenario = await writeScenario(await temporaryFolder(), {
    'mode: [server, client], batchSize: 2, maxBatchDelayMs: 10': 'framesPerRequest: 1',
    'warmupMaxS: 0.2, durationS: 0.5': 'passes: 4',
  })
  const out = join(await temporaryFolder(), 'run')
  const server = `${healthAddress},protocol=grpc,grpcUrl=${grpcUrl}${more}`
  return { out, ...(await framestormHere(['bench', scenario, '--server', server, '--out', out])) }
}

/** A server that follows the script with the calls of the load, and answers those before it. */
async function serve(script: CallScript, { tls = false } = {}): Promise<ScriptedGrpcServer> {
  const server = await startScriptedGrpcServer(
    // Only a call of the load has a deadline.
    (call, stream) => (call.headers['grpc-timeout'] === undefined ? answerCalls : script)(call, stream),
    { tls },
  )
  onTestFinished(() => server.close())
  return server
}

const addressOf = ({ endpoint: { tls, port } }: ScriptedGrpcServer) =>
  `${tls ? 'https' : 'http'}://127.0.0.1:${port}`

/** What the run says of its requests: how many had which outcome, and what failed for which reason. */
async function outcomesOf(out: string) {
  const [point] = await rowsOf(join(out, 'points.csv'))
  const requests = await rowsOf(join(out, 'requests.csv'))
  const failures = await rowsOf(join(out, 'failures.csv'))
  return { point: point!, requests: requests.length, failures }
}

const ends = ['answer', 'RST_STREAM', 'GOAWAY', 'too large', 'broken', 'UNAVAILABLE'] as const

test('each way in which a call can fail under load is counted as often as it happens, in words', async () => {
  const seen = { answer: 0, RST_STREAM: 0, GOAWAY: 0, 'too large': 0, broken: 0, UNAVAILABLE: 0 }
  let calls = 0
  const server = await serve((call, stream) => {
    const end = ends[calls++ % ends.length]!
    seen[end]++
    if (end === 'RST_STREAM') stream.close(2)
    else if (end === 'too large') replyStatus(stream, 8, 'gRPC message exceeds maximum size 6553500: 7000000')
    else if (end === 'UNAVAILABLE') replyStatus(stream, 14, 'Prediction failed')
    else if (end === 'broken') {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' })
      setTimeout(() => stream.session?.socket.resetAndDestroy(), 20)
    } else {
      answerCalls(call, stream)
      if (end === 'GOAWAY') stream.session?.close()
    }
  })
  const { code, stdout, out } = await bench(addressOf(server))
  // A busy machine may make the figures INVALID as well.
  expect([1, 4]).toContain(code)
  const { point, requests, failures } = await outcomesOf(out)
  expect(requests).toBe(80)
  expect(calls).toBe(80)
  expect(point).toMatchObject({
    protocol: 'grpc',
    framesScheduled: '80',
    framesOk: String(seen.answer + seen.GOAWAY),
    framesHttpError: String(seen['too large'] + seen.UNAVAILABLE),
    framesConnectionError: String(seen.RST_STREAM + seen.broken),
    outcome: 'failing',
  })
  const said = new Map(failures.map((row) => [row['kind'], row]))
  expect(failures).toHaveLength(4)
  expect(said.get('message-too-large')).toMatchObject({
    requests: String(seen['too large']),
    status: '8',
    message: 'RESOURCE_EXHAUSTED: gRPC message exceeds maximum size 6553500: 7000000',
    remedy: expect.stringContaining('max_request_size'),
  })
  expect(said.get('handler-failed')).toMatchObject({
    requests: String(seen.UNAVAILABLE),
    status: '14',
    message: 'UNAVAILABLE: Prediction failed',
  })
  expect(said.get('call-reset')).toMatchObject({
    requests: String(seen.RST_STREAM),
    status: '',
    message: 'the server ended the call by RST_STREAM INTERNAL_ERROR',
  })
  expect(said.get('broken-answer')).toMatchObject({
    requests: String(seen.broken),
    message: expect.stringContaining('the connection was closed in the middle of the answer'),
  })
  // A user reads it without opening a file.
  expect(stdout).toContain('RST_STREAM INTERNAL_ERROR')
})

test('a server that dies in the middle: what it answered counts, the rest could not connect, and nothing is lost', async () => {
  let answered = 0
  const server = await serve((call, stream) => {
    if (answered < 30) {
      answered++
      answerCalls(call, stream)
    } else void server.close()
  })
  const { code, out } = await bench(addressOf(server))
  // A busy machine may make the figures INVALID as well.
  expect([1, 4]).toContain(code)
  const { point, requests, failures } = await outcomesOf(out)
  expect(requests).toBe(80)
  const ok = Number(point['framesOk'])
  // Answers that were on their way when it died may be lost.
  expect(ok).toBeLessThanOrEqual(answered)
  expect(ok).toBeGreaterThan(answered - 8)
  expect(point).toMatchObject({ framesScheduled: '80', framesConnectionError: String(80 - ok) })
  const refused = failures.find(({ kind }) => kind === 'connection-refused')
  expect(refused).toMatchObject({
    message: 'could not connect (ECONNREFUSED)',
    remedy: expect.stringContaining('Check that the server is running'),
  })
})

test('what is wrong with the address is said before the load', async () => {
  const plain = await serve(answerCalls)
  const encrypted = await serve(answerCalls, { tls: true })
  const caFile = join(await temporaryFolder(), 'ca.pem')
  await writeFile(caFile, testCertificate)

  const toHttp = await bench(healthAddress)
  expect(toHttp).toMatchObject({ code: 3, stderr: expect.stringContaining('does not speak HTTP/2') })
  expect(toHttp.stderr).toContain('Check the port in server.grpcUrl')
  const toNobody = await bench('http://127.0.0.1:1')
  expect(toNobody).toMatchObject({ code: 3, stderr: expect.stringContaining('ECONNREFUSED') })
  const tlsToPlain = await bench(addressOf(plain).replace('http:', 'https:'))
  expect(tlsToPlain).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('give its address with http://'),
  })
  const plainToTls = await bench(addressOf(encrypted).replace('https:', 'http:'))
  expect(plainToTls).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('A TLS server needs https://'),
  })
  const untrusted = await bench(addressOf(encrypted))
  expect(untrusted).toMatchObject({ code: 3, stderr: expect.stringContaining('Set server.caFile') })
  const trusted = await bench(addressOf(encrypted), `,caFile=${caFile}`)
  expect([0, 4]).toContain(trusted.code)
  expect((await rowsOf(join(trusted.out, 'points.csv')))[0]).toMatchObject({ framesOk: '80' })
})

test('a message that is too large, and an answer that is, are said before the load', async () => {
  const strict = await serve(answerCalls)
  strict.refuseUnread = 'gRPC message exceeds maximum size 1000: 2000'
  const refused = await bench(addressOf(strict))
  expect(refused).toMatchObject({ code: 3, stderr: expect.stringContaining('RESOURCE_EXHAUSTED') })
  expect(refused.stderr).toContain('send fewer frames per request')

  // TorchServe cancels such a call without a status, and so does the embedded server.
  const archive = {
    file: 'm.mar',
    modelName: 'resnet-18',
    service: { tauMs: 2, alphaMs: 1, jitter: 0 },
    faults: [],
  }
  const torchServe = new EmbeddedServer({ ...embeddedDefaults, archives: [archive], maxRequestBytes: 1000 })
  onTestFinished(() => torchServe.close())
  const { grpcPort } = await torchServe.open()
  const cancelled = await bench(`http://127.0.0.1:${grpcPort}`)
  expect(cancelled).toMatchObject({ code: 3, stderr: expect.stringContaining('RST_STREAM CANCEL') })
  expect(cancelled.stderr).toContain('Increase max_request_size')

  const talkative = await startScriptedGrpcServer((_, stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' })
    // The prefix of a message of 83 MB.
    stream.write(Buffer.from('0005000000', 'hex'))
  })
  onTestFinished(() => talkative.close())
  const tooLong = await bench(addressOf(talkative))
  expect(tooLong).toMatchObject({ code: 3, stderr: expect.stringContaining('more than 64 MB') })
  expect(tooLong.stderr).toContain('Let the handler answer with less')
})
