import { expect, test } from 'vitest'
import type { EmbeddedSettings, TorchServeSettings, UrlSettings } from '../scenario/plan/plan.js'
import { findUnacceptedSize, firstRequestDeadlineMs, requireSeenFrames } from './check-plan.js'
import { pointOn } from './testing/one-point.test.support.js'

const embedded: EmbeddedSettings = { kind: 'embedded', tauMs: 1, alphaMs: 1, jitter: 0, workers: 1 }
const url: UrlSettings = { kind: 'url', inferenceUrl: 'http://127.0.0.1:8080', manage: false }
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
