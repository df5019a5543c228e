import { mean, sampleCorrelation } from 'simple-statistics'
import { expect, test } from 'vitest'
import { seededRandom } from '../../system/seeded-random.js'
import type { BatchFormed } from '../../run/batches-formed.js'
import { fitServiceModel, createServiceTimes } from './service-model.js'

/** Batches of 1, 2 and 4 frames in turn with 10 + 5·b ms and a slow phase every other 50 batches. */
function batches(slowBy: number): BatchFormed[] {
  return Array.from({ length: 600 }, (_, batch) => {
    const frames = [1, 2, 4][batch % 3]!
    const slow = Math.floor(batch / 50) % 2 === 1 ? 1 + slowBy : 1 - slowBy
    return {
      batch,
      requestsFormed: frames,
      framesFormed: frames,
      framesAsked: 4,
      handlerMs: (10 + 5 * frames) * slow,
      members: [],
    }
  })
}

test('the affine form explains the table, and what a worker loses between batches belongs to its time', () => {
  const model = fitServiceModel(batches(0), 3)!
  expect(model.tauMs).toBeCloseTo(13, 6)
  expect(model.alphaMs).toBeCloseTo(5, 6)
  const draw = createServiceTimes(model)(seededRandom(1))
  expect([1, 2, 4].map(draw)).toEqual([18, 23, 33])
  // Sizes that were not seen lie on the line between those that were.
  expect(draw(3)).toBeCloseTo(28, 6)
})

test('slow phases stay together when noise is drawn again', () => {
  const model = fitServiceModel(batches(0.1))!
  expect(model.noise.blockLength).toBeGreaterThan(10)
  const draw = createServiceTimes(model)(seededRandom(2))
  const times = Array.from({ length: 3000 }, () => draw(1))
  const median = model.times.table![0]!.ms
  expect(mean(times) / median).toBeGreaterThan(0.9)
  expect(mean(times) / median).toBeLessThan(1.1)
  expect(sampleCorrelation(times.slice(0, -1), times.slice(1))).toBeGreaterThan(0.8)
})

test('a noisy server leaves its times less certain than a quiet one', () => {
  expect(fitServiceModel(batches(0))!.uncertainty).toBe(0.02)
  expect(fitServiceModel(batches(0.2))!.uncertainty).toBeGreaterThan(0.05)
})

test('a scale stretches all times', () => {
  const model = fitServiceModel(batches(0))!
  expect(createServiceTimes(model, 1.1)(seededRandom(1))(2)).toBeCloseTo(22, 6)
})

test('from batches without handler times nothing is learnt', () => {
  const unknown = batches(0)
  for (const batch of unknown) delete batch.handlerMs
  expect(fitServiceModel(unknown)).toBeUndefined()
  expect(fitServiceModel([])).toBeUndefined()
})

test('what slows a small batch by a large share slows a full one by its own share', () => {
  // Every fourth batch takes 10 ms longer, whatever its size.
  const disturbed = [1, 4].flatMap((frames) =>
    Array.from({ length: 100 }, (_, i) => ({
      batch: i,
      requestsFormed: frames,
      framesFormed: frames,
      framesAsked: 4,
      handlerMs: 20 * frames + (i % 4 === 0 ? 10 : 0),
      members: [],
    })),
  )
  const draw = createServiceTimes(fitServiceModel(disturbed)!)(seededRandom(3))
  const slowest = (frames: number) => Math.max(...Array.from({ length: 200 }, () => draw(frames)))
  expect(slowest(1)).toBeCloseTo(30, 6)
  expect(slowest(4)).toBeCloseTo(90, 6)
})

test('a machine that is slower in one measurement has more uncertainty and drift, and no other noise', () => {
  const quiet = batches(0)
  const slower = quiet.map((batch) => ({ ...batch, handlerMs: 1.1 * batch.handlerMs! }))
  const drifting = fitServiceModel([...quiet, ...slower], 0, [quiet, slower])!
  expect(drifting.uncertainty).toBeGreaterThan(0.05)
  expect(drifting.drift!.scale).toBeGreaterThan(fitServiceModel(quiet)!.drift!.scale)
  expect(Math.max(...drifting.noise.ratios) / Math.min(...drifting.noise.ratios)).toBeCloseTo(1, 6)
})
