import { expect, test } from 'vitest'
import { type BatchEvidence, dispatchReason } from './join-batches.js'

const partial: BatchEvidence = { requestsFormed: 2, serverBatchSize: 4, maxBatchDelayMs: 50 }

test('a batch of batchSize requests is full, however long it took', () => {
  expect(dispatchReason({ ...partial, requestsFormed: 4, earliestPopUs: 0, latestDispatchUs: 60_000 })).toBe(
    'full',
  )
})

test('a partial batch was sent by the delay, also the last of a load', () => {
  expect(dispatchReason(partial)).toBe('delay')
  expect(dispatchReason({ ...partial, earliestPopUs: 0, latestDispatchUs: 50_400 })).toBe('delay')
})

test('the whole milliseconds that TorchServe counts in make no cut of a delay', () => {
  expect(dispatchReason({ ...partial, earliestPopUs: 0, latestDispatchUs: 49_100 })).toBe('delay')
})

test('a partial batch that left before its delay can have passed was cut by a DESCRIBE', () => {
  expect(dispatchReason({ ...partial, earliestPopUs: 1000, latestDispatchUs: 21_000 })).toBe(
    'before-describe',
  )
})

test('if the moments are unknown only the size decides', () => {
  expect(dispatchReason({ ...partial, earliestPopUs: Number.NaN, latestDispatchUs: 100 })).toBe('delay')
})

test('without a delay the batch did not wait', () => {
  expect(dispatchReason({ ...partial, maxBatchDelayMs: 0 })).toBe('no-delay')
})

test('what the server reported itself is not guessed', () => {
  expect(dispatchReason({ ...partial, reported: 'before-describe' })).toBe('before-describe')
})
