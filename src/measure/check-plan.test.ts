import { describe, expect, test } from 'vitest'
import type { EmbeddedSettings, Plan, Point, TorchServeSettings, UrlSettings } from '../scenario/plan/plan.js'
import {
  findUnacceptedSize,
  firstRequestDeadlineMs,
  requireSeenFrames,
  planMeasurable,
} from './check-plan.js'
import { pointOn } from './testing/one-point.test.support.js'

const embedded: EmbeddedSettings = { kind: 'embedded', tauMs: 1, alphaMs: 1, jitter: 0, workers: 1 }
const url: UrlSettings = {
  kind: 'url',
  api: 'torchserve',
  inferenceUrl: 'http://127.0.0.1:8080',
  manage: false,
}
const clip = { jpegBytesMean: 60_000 }

test('requests above the limit of a server that we start are refused before it is started', () => {
  const batching = (framesPerRequest: number) => ({ framesPerRequest, encoding: 'base64' }) as const
  expect(findUnacceptedSize(clip, pointOn(embedded, batching(3000)))).toBeUndefined()
  expect(findUnacceptedSize(clip, pointOn(embedded, batching(4000)))).toMatchObject({
    message: 'the requests are larger than the server accepts',
    parts: { concerns: 'point' },
  })
  expect(findUnacceptedSize(clip, pointOn(url, batching(4000)))).toBeUndefined()
})

test('the limit is the one that the scenario configures', () => {
  const server: TorchServeSettings = { kind: 'torchserve', workers: 1, config: { max_request_size: 100_000 } }
  const point = pointOn(server, { framesPerRequest: 2, encoding: 'base64' })
  expect(findUnacceptedSize(clip, point)?.message).toBe('the requests are larger than the server accepts')
})

test('frames that share a multipart name are refused by a TorchServe, which would see one of them', () => {
  const point = pointOn(url, { framesPerRequest: 4, encoding: 'multipart' })
  const named = (multipart: Record<string, string>) => ({
    ...point,
    model: { ...point.model, request: { multipart } },
  })
  const torchServe = { version: '0.12.0' }
  expect(() => requireSeenFrames(named({ image: '$frame' }), torchServe)).toThrow('only one frame')
  expect(() => requireSeenFrames(named({ image: '$frame' }), {})).not.toThrow()
  expect(() => requireSeenFrames(named({ image_$number: '$frame' }), torchServe)).not.toThrow()
})

test('first requests have a deadline of their own', () => {
  expect(firstRequestDeadlineMs({ deadlineMs: 5000 })).toBe(30_000)
  expect(firstRequestDeadlineMs({ deadlineMs: 60_000 })).toBe(60_000)
  expect(firstRequestDeadlineMs({ deadlineMs: 5000, firstRequestS: 90 })).toBe(90_000)
  expect(firstRequestDeadlineMs({ deadlineMs: 5000, firstRequestS: 2 })).toBe(2000)
})

describe('points whose requests do not fit', () => {
  const slow: EmbeddedSettings = { ...embedded, alphaMs: 10_000 }
  const plan = (points: Point[]): Plan => ({
    points: points.map((point, row) => ({
      ...point,
      video: { ...point.video, source: 'testsrc', frames: 8 },
      id: row + 1,
    })),
    order: points.map((_, row) => ({ point: row + 1, repetition: 1, phaseSeed: 1 })),
    impossible: [{ cell: 'batchSize=9', reason: 'too many' }],
    merged: [{ cell: 'mode=server batchSize=4', reason: 'the same', point: 2 }],
    seed: 1,
    expectedS: 99,
  })
  const ofSize = (framesPerRequest: number) =>
    pointOn(slow, { framesPerRequest, batchSize: framesPerRequest })

  test('are impossible combinations, with those equal to them, and the others are measured', async () => {
    const planned = await planMeasurable(plan([ofSize(1), ofSize(4)]))
    expect(planned.points.map(({ id }) => id)).toEqual([1])
    expect(planned.order.map(({ point }) => point)).toEqual([1])
    const reason =
      'the embedded server would not answer a request before its deadline: 40 s for a request of 4 frames'
    expect(planned.impossible).toEqual([
      { cell: 'batchSize=9', reason: 'too many' },
      { cell: 'framesPerRequest=4 batchSize=4', reason },
      { cell: 'mode=server batchSize=4', reason },
    ])
    expect(planned.merged).toEqual([])
    expect(planned.expectedS).toBeLessThan(99)
  })

  test('are an error if no other is left', async () => {
    await expect(planMeasurable(plan([ofSize(4), ofSize(8)]))).rejects.toMatchObject({
      exitCode: 2,
      parts: { received: '40 s for a request of 4 frames' },
    })
  })

  test('leave a plan as it is if there are none', async () => {
    const whole = plan([ofSize(1), ofSize(2)])
    expect(await planMeasurable(whole)).toBe(whole)
  })
})
