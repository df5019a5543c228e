import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { torchServePing } from '../../../frames/message/predictions.js'
import { trackedKeys } from '../../../frames/payload/predictions-payload.js'
import { post, sharedServer, withServer } from '../embedded.test.support.js'
import type { RunningEmbedded } from '../start-embedded.js'
import { predict, sendStream } from './grpc.test.support.js'

const portOf = ({ grpcEndpoint }: RunningEmbedded) => grpcEndpoint?.port ?? 0
const jpeg = (fill: number) => Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), Buffer.alloc(3000, fill)])
const [one, two, three] = [jpeg(1), jpeg(2), jpeg(3)]
const withShared = sharedServer()
const internal = 'org.pytorch.serve.http.InternalServerException'

test('a frame has the same answer over gRPC and over HTTP', async () => {
  await withShared(async (server) => {
    const overHttp = await (await post(server, one, 'image/jpeg')).text()
    const overGrpc = await predict(portOf(server), { body: one })
    expect(overGrpc).toEqual({ status: 0, message: '', answer: overHttp })
  })
})

test('each entry of the map is a frame: in the order of their numbers, or else in the order of arrival', async () => {
  await withShared(async (server) => {
    const alone: unknown[] = []
    for (const frame of [one, two, three]) alone.push(await (await post(server, frame, 'image/jpeg')).json())
    const { keyAt } = trackedKeys
    const numbered = await predict(portOf(server), { [keyAt(2)]: three, [keyAt(0)]: one, [keyAt(1)]: two })
    expect(JSON.parse(numbered.answer)).toEqual(alone)
    const named = await predict(portOf(server), { z: three, a: one })
    expect(JSON.parse(named.answer)).toEqual([alone[2], alone[0]])
    const withConstant = await predict(portOf(server), { threshold: Buffer.from('0.5'), a: two })
    expect(JSON.parse(withConstant.answer)).toEqual([alone[1]])
  })
})

test('requests of both protocols wait in one queue, form one batch, and the log names them all', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'embedded-'))
  const [logFile, exactLogFile] = [join(folder, 'server.log'), join(folder, 'exact.jsonl')]
  const key = `frame_0000_${'0123456789abcdef'.repeat(2)}`
  try {
    const batching = { serverBatchSize: 3, maxBatchDelayMs: 60_000, workers: 1 }
    await withServer({}, { batching, logFile, exactLogFile }, async (server) => {
      const answered = await Promise.all([
        predict(portOf(server), { [key]: one }),
        post(server, two, 'image/jpeg'),
        predict(portOf(server), { body: three }),
      ])
      expect(answered.map(({ status }) => status)).toEqual([0, 200, 0])
    })
    const batches = (await readFile(exactLogFile, 'utf8')).trim().split('\n')
    expect(batches).toHaveLength(1)
    expect(JSON.parse(batches[0]!)).toMatchObject({ reason: 'full', frames: [1, 1, 1] })
    const log = await readFile(logFile, 'utf8')
    const [, clientRequests] = /"clientRequests":(\[[^\]]*\])/.exec(log) ?? []
    expect(JSON.parse(clientRequests ?? '').toSorted()).toEqual(['', '', key.slice(-32)])
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('over HTTP alone the log has no ids of clients', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'embedded-'))
  const logFile = join(folder, 'server.log')
  try {
    await withServer({}, { logFile }, async (server) => void (await post(server, one, 'image/jpeg')))
    expect(await readFile(logFile, 'utf8')).not.toContain('clientRequests')
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('ping answers as over HTTP', async () => {
  await withShared(async (server) => {
    const { status, body } = await sendStream(portOf(server), torchServePing.path, Buffer.alloc(5))
    expect(status).toBe(0)
    expect(torchServePing.decodeResponse(body)).toBe('{\n  "status": "Healthy"\n}')
  })
})

test('an unknown model, no model, and a row without frames', async () => {
  await withShared(async (server) => {
    expect(await predict(portOf(server), { body: one }, { model: 'nobody' })).toMatchObject({
      status: 13,
      message: 'Model not found: nobody\norg.pytorch.serve.archive.model.ModelNotFoundException',
    })
    expect(await predict(portOf(server), { body: one }, { model: '' })).toMatchObject({
      status: 13,
      message: 'Parameter model_name is required.\nBadRequestException.()',
    })
    // The status that a handler sets is lost: the call is OK, and its answer is the error.
    const unreadable = await predict(portOf(server), {})
    expect(unreadable.status).toBe(0)
    expect(JSON.parse(unreadable.answer)).toMatchObject({ code: 400, type: 'BadRequestException' })
  })
})

test.each([
  ['fail', 14, `Prediction failed\n${internal}`],
  ['kill', 13, `Worker died.\n${internal}`],
  ['out-of-memory', 8, `Worker died.\n${internal}`],
])('the fault %s ends a call with status %i', async (fault, status, message) => {
  await withServer({ faults: { [fault]: 'once 1' } }, {}, async (server) => {
    expect(await predict(portOf(server), { body: one })).toEqual({ status, message, answer: '' })
    expect((await predict(portOf(server), { body: one })).status).toBe(0)
  })
})

test('the faults queue-full, garbage and refuse', async () => {
  await withServer({ faults: { 'queue-full': 'after 0s' } }, {}, async (server) => {
    const refused = await predict(portOf(server), { body: one })
    expect(refused.status).toBe(13)
    expect(refused.message).toMatch(/^Model "resnet-18" has no worker .*\nInternalServerException\.\(\)$/)
  })
  await withServer({ faults: { garbage: 'every 1' } }, {}, async (server) => {
    const { status, answer } = await predict(portOf(server), { body: one })
    expect([status, answer]).toEqual([0, '{"simulated class'])
  })
  await withServer({ faults: { refuse: 'after 0s' } }, {}, async (server) => {
    await predict(portOf(server), { body: one }).catch(() => {})
    await expect
      .poll(() =>
        predict(portOf(server), { body: one }).then(
          () => 'answered',
          (error: Error) => error.message,
        ),
      )
      .toContain('ECONNREFUSED')
  })
})

test('its calls count as requests, but have no latencies in the metrics', async () => {
  await withServer({}, {}, async (server) => {
    await predict(portOf(server), { body: one })
    const metrics = await (await fetch(server.metricsUrl ?? '')).text()
    expect(metrics).toMatch(
      /^ts_inference_requests_total\{model_name="resnet-18",model_version="default",.*\} 1$/m,
    )
    expect(metrics).not.toMatch(/^ts_inference_latency_microseconds\{/m)
    expect(metrics).not.toMatch(/^Requests2XX\{.* 2$/m)
  })
})
