import { expect, test } from 'vitest'

import { sameBatching } from './running-server.js'

test.each([
  ['equal settings are the same', { serverBatchSize: 4, maxBatchDelayMs: 50, workers: 1 }, true],
  ['another delay is not', { serverBatchSize: 4, maxBatchDelayMs: 20, workers: 1 }, false],
  ['another batch size is not', { serverBatchSize: 8, maxBatchDelayMs: 50, workers: 1 }, false],
  ['other workers are not', { serverBatchSize: 4, maxBatchDelayMs: 50, workers: 2 }, false],
])('%s', (_, other, same) => {
  expect(sameBatching({ serverBatchSize: 4, maxBatchDelayMs: 50, workers: 1 }, other)).toBe(same)
})

test('a batch of one never waits, so its delay is no difference', () => {
  expect(
    sameBatching({ serverBatchSize: 1, workers: 1 }, { serverBatchSize: 1, maxBatchDelayMs: 5, workers: 1 }),
  ).toBe(true)
})
