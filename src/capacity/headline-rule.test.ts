import { expect, test } from 'vitest'
import { camerasToFill, fillWaitMs, headlineRule } from './headline-rule.js'

test('eight frames at 10 fps within 50 ms take 14 cameras on the edge device', () => {
  expect(camerasToFill(8, 10, 50)).toBe(14)
  expect(fillWaitMs(8, 14, 10)).toBe(50)
  expect(fillWaitMs(8, 13, 10)).toBeGreaterThan(50)
})

test('a batch of one is filled at once by a single camera', () => {
  expect(fillWaitMs(1, 1, 10)).toBe(0)
  expect(camerasToFill(1, 10, 50)).toBe(1)
})

test('client batching is preferred from as many cameras on as fill the batch within the delay of the server', () => {
  const rule = headlineRule({
    fps: 10,
    batchSizes: [1, 4, 8],
    camerasPerClient: [1, 6, 14, 32],
    maxBatchDelayMs: 50,
  })
  expect(rule.needed).toEqual([
    { batchSize: 4, camerasPerClient: 6 },
    { batchSize: 8, camerasPerClient: 14 },
  ])
  expect(rule.cells.filter(({ prefer }) => prefer === 'client')).toMatchObject([
    { batchSize: 4, camerasPerClient: 6 },
    { batchSize: 4, camerasPerClient: 14 },
    { batchSize: 4, camerasPerClient: 32 },
    { batchSize: 8, camerasPerClient: 14 },
    { batchSize: 8, camerasPerClient: 32 },
  ])
})
