import { expect, test } from 'vitest'
import type { EmbeddedSettings, Point } from '../scenario/plan/plan.js'
import { startEmbedded } from '../server/embedded/start-embedded.js'
import { openPayloads } from './prepare-clip.js'
import { collectReferenceAnswers } from './reference-answers.js'
import { pointOn, syntheticClip } from './testing/one-point.test.support.js'

const settings: EmbeddedSettings = { kind: 'embedded', tauMs: 1, alphaMs: 0, jitter: 0, workers: 1 }
const clip = syntheticClip(12)
const signal = new AbortController().signal

async function referenceOf(faults: Record<string, string>, changes: Partial<Point['batching']>) {
  const point = pointOn({ ...settings, faults }, changes)
  const { serverBatchSize, maxBatchDelayMs } = point.batching
  const batching = { serverBatchSize, workers: 1, ...(maxBatchDelayMs !== undefined && { maxBatchDelayMs }) }
  const server = await startEmbedded(point.server as EmbeddedSettings, point.model, { batching, signal })
  try {
    const payloadOf = openPayloads()
    return await collectReferenceAnswers(
      { server, clip, payloadOf, points: [point], point },
      { deadlineMs: 30_000, signal },
    )
  } finally {
    await server.stop()
  }
}

const batchings: [string, Partial<Point['batching']>][] = [
  ['server batching', { serverBatchSize: 4, batchSize: 4, maxBatchDelayMs: 20 }],
  ['client batching', { mode: 'client', framesPerRequest: 4, batchSize: 4, encoding: 'base64' }],
]

test.each(batchings)('the same answers alone and together leave no noise: %s', async (_, changes) => {
  const { reference, comparison } = await referenceOf({}, changes)
  expect(reference).toMatchObject({ state: 'on', frames: 12, noise: 0 })
  expect(reference).not.toHaveProperty('mixedUp')
  expect(comparison?.references.filter(Boolean)).toHaveLength(12)
})

test.each(batchings)(
  'a server that swaps two answers does not switch the check off: %s',
  async (_, changes) => {
    const { reference, comparison } = await referenceOf({ swap: 'every 1' }, changes)
    expect(reference).toMatchObject({ state: 'on', noise: 0, mixedUp: expect.any(Number) as number })
    expect(comparison?.references.filter(Boolean)).toHaveLength(12)
  },
)
