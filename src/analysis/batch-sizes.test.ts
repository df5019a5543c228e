import { expect, test } from 'vitest'
import { foldOver } from './fold.js'
import { handMadeSamples } from './hand-made-samples.test.support.js'
import { summariseBatches, measuredBatches, poolBatchSizes } from './batch-sizes.js'
import type { BatchFormed } from '../run/batches-formed.js'

const batchOf = (
  framesFormed: number,
  dispatch: NonNullable<BatchFormed['dispatch']>,
  members = [0],
): BatchFormed => ({
  batch: 0,
  requestsFormed: members.length,
  framesFormed,
  framesAsked: 4,
  dispatch,
  members,
})

const sizes = summariseBatches([
  batchOf(4, 'full'),
  batchOf(4, 'full'),
  batchOf(1, 'delay'),
  batchOf(2, 'before-describe'),
])!

test('batches are counted by size, and by why they left', () => {
  expect(sizes).toEqual({
    batches: 4,
    framesMean: 2.75,
    bySize: [
      { frames: 1, batches: 1 },
      { frames: 2, batches: 1 },
      { frames: 4, batches: 2 },
    ],
    fullShare: 0.5,
    delayShare: 0.25,
  })
})

test('measurements are pooled by their batches, not by their means', () => {
  expect(poolBatchSizes([sizes, undefined, summariseBatches([batchOf(4, 'full')])])).toEqual({
    batches: 5,
    framesMean: 3,
    bySize: [
      { frames: 1, batches: 1 },
      { frames: 2, batches: 1 },
      { frames: 4, batches: 3 },
    ],
    fullShare: 0.6,
    delayShare: 0.2,
  })
})

test('where no batch is known nothing is said', () => {
  expect(summariseBatches([])).toBeUndefined()
  expect(poolBatchSizes([undefined])).toBeUndefined()
})

test('batches of warm-up and drain are not those of the window; one that reaches into it is', () => {
  const samples = handMadeSamples([
    { sentMs: 0, phase: 'warmup' },
    { sentMs: 1, phase: 'measured' },
    { sentMs: 2, phase: 'drain' },
  ])
  const batches = [batchOf(1, 'delay', [0]), batchOf(2, 'full', [0, 1]), batchOf(1, 'delay', [2])]
  expect(foldOver(samples, measuredBatches(batches))).toEqual(summariseBatches([batches[1]!]))
})
