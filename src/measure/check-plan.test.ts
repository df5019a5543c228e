import { expect, test } from 'vitest'
import type { EmbeddedSettings, UrlSettings } from '../scenario/plan/plan.js'
import { requireAcceptedSize } from './check-plan.js'
import { pointOn } from './testing/one-point.test.support.js'

const embedded: EmbeddedSettings = { kind: 'embedded', tauMs: 1, alphaMs: 1, jitter: 0, workers: 1 }
const url: UrlSettings = { kind: 'url', inferenceUrl: 'http://127.0.0.1:8080', manage: false }
const clip = { jpegBytesMean: 60_000 }

test('requests above the limit of a server that we start are refused before it is started', () => {
  const batching = (framesPerRequest: number) => ({ framesPerRequest, encoding: 'base64' }) as const
  expect(() => requireAcceptedSize(clip, pointOn(embedded, batching(3000)))).not.toThrow()
  expect(() => requireAcceptedSize(clip, pointOn(embedded, batching(4000)))).toThrow(
    'the requests are larger than the server accepts',
  )
  expect(() => requireAcceptedSize(clip, pointOn(url, batching(4000)))).not.toThrow()
})
