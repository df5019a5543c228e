import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadScenario } from '../load-scenario.js'
import { planScenario } from './plan-scenario.js'
import { readSetting } from './point-settings.js'
import { restartKey } from './plan.js'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'protocol-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function planOf(server: string, more = '') {
  const file = join(folder, 'scenario.yaml')
  await writeFile(
    file,
    `video: { source: testsrc, frames: 8 }\nserver: ${server}\n` +
      `batching: { mode: [server, client], batchSize: 4 }\nload: { kind: closed, framesInFlight: 8 }\n${more}`,
  )
  return planScenario(await loadScenario(file))
}

test('a sweep over both protocols is one line, needs no restart, and gRPC sends frames as they are', async () => {
  const { points, order } = await planOf('{ kind: embedded, protocol: [http, grpc] }')
  const shown = points.map((point) => [
    point.batching.mode,
    readSetting(point, 'protocol'),
    point.batching.encoding,
  ])
  expect(shown).toEqual([
    ['server', 'http', 'raw'],
    ['client', 'http', 'base64'],
    ['server', 'grpc', 'raw'],
    ['client', 'grpc', 'raw'],
  ])
  expect(new Set(points.map(restartKey)).size).toBe(1)
  expect(order).toHaveLength(12)
})

test.each([
  'torchserve:protocol=grpc',
  'embedded:protocol=grpc',
  'http://h:8080,protocol=grpc,grpcUrl=http://h:7070',
])('%s, as a text', async (server) => {
  const { points } = await planOf(`'${server}'`)
  expect(points.map((point) => readSetting(point, 'protocol'))).toEqual(['grpc', 'grpc'])
})

test('what does not go over gRPC leaves out those points only, with the reason', async () => {
  const both = '{ kind: embedded, protocol: [http, grpc] }'
  const template = await planOf(both, 'model: { request: { json: { frames: [$frame] } } }')
  expect(template.points).toHaveLength(2)
  expect(template.impossible.map(({ reason }) => reason)).toEqual([
    'the template model.request is a body over HTTP',
    'the template model.request is a body over HTTP',
  ])
  const encoded = await planOf(
    both,
    'points: [{ batching: { mode: client, batchSize: 4, encoding: base64 } }]',
  )
  expect(encoded.points).toHaveLength(1)
  expect(encoded.impossible[0]!.reason).toBe('gRPC carries frames as they are, without encoding base64')
})

test.each([
  [
    '{ kind: url, inferenceUrl: http://h, api: custom, protocol: grpc }',
    'a custom server is measured over HTTP',
  ],
  ['{ kind: embedded, api: custom, protocol: [http, grpc] }', 'a custom server is measured over HTTP'],
  ['embedded:api=custom,protocol=grpc', 'a custom server is measured over HTTP'],
  ['torchserve:api=custom', 'option api of server torchserve is not valid'],
  ['{ kind: url, inferenceUrl: http://h, grpcUrl: http://h:7070 }', 'grpcUrl has no effect'],
  ['{ kind: embedded, protocol: rpc }', 'server.protocol'],
  ['embedded:protocol=rpc', 'option protocol of server embedded is not valid'],
])('%s is refused', async (server, message) => {
  await expect(planOf(server)).rejects.toMatchObject({ exitCode: 2 })
  const error: unknown = await planOf(server).catch((refused: unknown) => refused)
  expect(JSON.stringify([String(error), error])).toContain(message)
})

test('the open inference protocol is JSON or raw over HTTP, and raw over gRPC', async () => {
  const url = '{ kind: url, inferenceUrl: http://h, api: oip, protocol: [http, grpc] }'
  const all = 'points: [{ batching: { mode: client, batchSize: 4, encoding: [auto, raw, multipart] } }]'
  const { points, impossible } = await planOf(url, all)
  expect(points.map((point) => [readSetting(point, 'protocol'), point.batching.encoding])).toEqual([
    ['http', 'base64'],
    ['http', 'raw'],
    ['grpc', 'raw'],
  ])
  expect(impossible.map(({ reason }) => reason)).toEqual([
    'the open inference protocol has no encoding multipart',
    'gRPC carries frames as they are, without encoding multipart',
  ])
})

test('an input of the model belongs to the open inference protocol, and binary tensors to other servers than TorchServe', async () => {
  const tensor = 'model: { request: { tensor: { name: images, shape: [-1, 1] } } }'
  await expect(planOf('{ kind: url, inferenceUrl: http://h, api: oip }', tensor)).resolves.toBeDefined()
  await expect(planOf('embedded', tensor)).rejects.toMatchObject({
    parts: { excerpt: '  model.request.tensor belongs to api oip' },
  })
  const raw = 'points: [{ batching: { mode: client, batchSize: 4, encoding: raw } }]'
  await expect(planOf('embedded:api=oip', raw)).resolves.toMatchObject({
    points: [{ server: { api: 'oip' }, batching: { encoding: 'raw' } }],
  })
  await expect(planOf('torchserve:api=oip', raw)).rejects.toMatchObject({
    parts: { excerpt: expect.stringContaining('no binary tensor data') },
  })
})
