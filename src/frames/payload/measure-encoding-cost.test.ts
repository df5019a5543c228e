import { expect, test } from 'vitest'
import { measureEncodingCost } from './measure-encoding-cost.js'
import { pointMessage } from './point-message.js'
import { requestBody } from './payload.js'
import { buildPayload } from './build-payload.js'
import type { Point } from '../../scenario/plan/plan.js'

const frames = [new Uint8Array(30_000), new Uint8Array(33_000)]
const request = { field: 'frame_{i}', json: 'object' } as const

test('each encoding has its cost and its size on the wire', async () => {
  const sizes: number[] = []
  for (const encoding of ['raw', 'base64', 'multipart'] as const) {
    const cost = await measureEncodingCost(frames, { encoding, request })
    expect(cost).toMatchObject({ encoding, encodeUs: expect.any(Number) })
    expect(cost.encodeUs).toBeGreaterThan(0)
    sizes.push(cost.bytesMean)
  }
  const [raw, base64, multipart] = sizes
  expect(raw).toBe(31_500)
  expect(base64).toBe(42_000 + '{"frame_0":""}'.length)
  expect(multipart).toBeGreaterThan(31_500)
})

test.each<[string, Pick<Point['server'], 'api'>, Pick<Point['batching'], 'encoding' | 'protocol'>]>([
  ['gRPC', {}, { encoding: 'raw', protocol: 'grpc' }],
  ['ModelInfer', { api: 'oip' }, { encoding: 'raw', protocol: 'grpc' }],
  ['binary tensor data', { api: 'oip' }, { encoding: 'raw' }],
])('a frame in a message has the size of the message (%s)', async (_, api, sentAs) => {
  const server = { kind: 'embedded', tauMs: 1, alphaMs: 1, jitter: 0, workers: 1, ...api } as Point['server']
  const model = { name: 'm', weights: 'seeded', request, answer: 'auto' } as const
  const message = pointMessage({ server, model, batching: sentAs })
  const payload = buildPayload(frames, { ...sentAs, framesPerRequest: 1, request, message })
  const sizes = [0, 1].map((frame) => requestBody(payload, [frame]).length)
  const cost = await measureEncodingCost(frames, { ...sentAs, request, message })
  expect(cost).toMatchObject({ ...sentAs, bytesMean: (sizes[0]! + sizes[1]!) / 2 })
})
