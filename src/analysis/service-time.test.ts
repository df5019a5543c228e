import { expect, test } from 'vitest'
import { addBatchTimes, fitServiceTime } from './service-time.js'
import { closedLoad, pointOf, simulateMeasurement } from './simulated-run.test.support.js'

test('recovers τ and α of the simulated server within 1 % or 0.3 ms', () => {
  const times = new Map<number, number[]>()
  for (const size of [1, 2, 4, 8])
    addBatchTimes(times, simulateMeasurement(pointOf(size, 'server', size, closedLoad(16))).batches)
  const fit = fitServiceTime(times)!
  for (const size of [1, 2, 4, 8]) {
    const expected = 7 + 24 * size
    const found = fit.sizes.find(({ frames }) => frames === size)!.medianMs
    expect(Math.abs(found - expected)).toBeLessThan(Math.max(0.02 * expected, 0.3))
  }
  expect(fit.alphaMs!).toBeGreaterThan(23.5)
  expect(fit.alphaMs!).toBeLessThan(24.5)
})

const batch = (framesFormed: number) => ({
  batch: 0,
  requestsFormed: 1,
  framesFormed,
  framesAsked: framesFormed,
  handlerMs: 10,
  members: [0],
})

test('two batch sizes are no line, and too few batches no median', () => {
  const times = new Map<number, number[]>()
  addBatchTimes(times, [1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3].map(batch))
  expect(fitServiceTime(times)).toEqual({
    sizes: [
      { frames: 1, batches: 5, medianMs: 10 },
      { frames: 2, batches: 5, medianMs: 10 },
    ],
  })
  expect(fitServiceTime(new Map())).toBeUndefined()
})

test('a line through three batch sizes has no R², one through four has', () => {
  const fit = (...sizes: number[]) => {
    const times = new Map<number, number[]>()
    for (const size of sizes)
      addBatchTimes(
        times,
        Array.from({ length: 5 }, () => batch(size)),
      )
    return fitServiceTime(times)!
  }
  expect(fit(1, 2, 4).alphaMs).toBeDefined()
  expect(fit(1, 2, 4)).not.toHaveProperty('rSquared')
  expect(fit(1, 2, 4, 8)).toHaveProperty('rSquared')
})
