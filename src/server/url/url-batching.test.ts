import { expect, test } from 'vitest'

import { meets } from './url-batching.js'

const found = { serverBatchSize: 4, maxBatchDelayMs: 50 }

test.each([
  ['the same settings', { serverBatchSize: 4, maxBatchDelayMs: 50 }, found, true],
  ['another batch size', { serverBatchSize: 8, maxBatchDelayMs: 50 }, found, false],
  ['another delay', { serverBatchSize: 4, maxBatchDelayMs: 20 }, found, false],
  ['any delay, where none is asked for', { serverBatchSize: 4 }, found, true],
  [
    'any delay of a batch of one',
    { serverBatchSize: 1, maxBatchDelayMs: 9 },
    { ...found, serverBatchSize: 1 },
    true,
  ],
])('%s: met %s', (_, wanted, there, met) => {
  expect(meets(wanted, there)).toBe(met)
})
