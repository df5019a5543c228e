import { array, assert, asyncProperty, boolean } from 'fast-check'
import { expect, test } from 'vitest'
import type { PointVerdict } from '../verdict/measure-cameras.js'
import { passingIntervals, planningCapacity, searchCapacity, type SearchState } from './search-capacity.js'
import type { Prediction } from './next-to-measure.js'

function oracle(passes: (cameras: number) => boolean) {
  const asked: number[] = []
  const measure = async (cameras: number): Promise<PointVerdict> => {
    asked.push(cameras)
    return {
      cameras,
      decision: passes(cameras) ? 'pass' : 'fail',
      repetitions: [],
      binding: 'latency',
      worstCamera: { camera: 0, deliveredShare: 1, overShare: 0 },
      measuredS: 30,
    }
  }
  return { asked, measure }
}

const bounds = (max: number) => ({ lowest: 1, gridFrom: 1, max })
const sure =
  (passes: (cameras: number) => boolean) =>
  (cameras: number): Prediction =>
    passes(cameras) ? 'pass' : 'fail'

/** Finding: t(b) = 8 + 2·b, batches of 16, delay 50, SLO 100: p99 comes back once batches fill. */
const twoRegions = (cameras: number) => cameras <= 10 || (cameras >= 32 && cameras <= 39)

/** Near an edge chance decides, and no order can be relied on. */
const flips = (cameras: number) => cameras < 40 || [41, 44, 45].includes(cameras)

test('without simulation the grid finds an upper region, and every step of each edge is measured', async () => {
  const { measure, asked } = oracle(twoRegions)
  const found = await searchCapacity({ measure, step: 1, bounds: bounds(48) })
  expect(found.passing).toEqual([
    [1, 10],
    [32, 39],
  ])
  expect(found).toMatchObject({ planning: 10, failsAt: 11, upper: [[32, 39]] })
  expect(asked).toEqual(expect.arrayContaining([10, 11, 31, 32, 39, 40]))
})

test('with a true simulation both sides of each edge are measured, and far fewer points', async () => {
  const { measure, asked } = oracle(twoRegions)
  const found = await searchCapacity({ measure, simulate: sure(twoRegions), step: 1, bounds: bounds(48) })
  expect(found.passing).toEqual([
    [1, 10],
    [32, 39],
  ])
  expect(asked).toEqual(expect.arrayContaining([10, 11, 31, 32, 39, 40]))
  expect(asked.length).toBeLessThan(24)
})

test('where simulation is surely wrong, its neighbours are measured until they agree with it', async () => {
  const { measure } = oracle((cameras) => cameras <= 57)
  const simulate = sure((cameras) => cameras <= 50)
  const found = await searchCapacity({ measure, simulate, step: 1, bounds: bounds(80) })
  expect(found.passing).toEqual([[1, 57]])
})

test('where simulation is unsure, every number is measured', async () => {
  const { measure } = oracle(flips)
  const simulate = (cameras: number) => (cameras >= 38 && cameras <= 47 ? 'unsure' : sure(flips)(cameras))
  const found = await searchCapacity({ measure, simulate, step: 1, bounds: bounds(60) })
  expect(found.passing).toEqual([
    [1, 39],
    [41, 41],
    [44, 45],
  ])
  expect(found.planning).toBe(39)
})

test('cameras that come by whole edge devices are counted in cameras all the same', async () => {
  const { measure, asked } = oracle((cameras) => cameras <= 40)
  const found = await searchCapacity({ measure, step: 8, bounds: bounds(8) })
  expect(found).toMatchObject({ planning: 40, failsAt: 48, passing: [[8, 40]], max: 64 })
  expect(asked.every((cameras) => cameras % 8 === 0)).toBe(true)
})

test('where not even one camera passes there is no planning capacity, and a region above is no plan', async () => {
  const { measure } = oracle((cameras) => cameras >= 5 && cameras <= 8)
  const found = await searchCapacity({ measure, step: 1, bounds: bounds(12) })
  expect(found).toMatchObject({ planning: 0, failsAt: 1, passing: [[5, 8]], upper: [[5, 8]] })
})

test('where all pass, nothing fails up to the end of the search', async () => {
  const { measure } = oracle(() => true)
  const found = await searchCapacity({ measure, step: 1, bounds: bounds(20) })
  expect(found).toMatchObject({ planning: 20, passing: [[1, 20]] })
  expect(found.failsAt).toBeUndefined()
})

test('an interrupted search goes on from its saved state and measures nothing twice', async () => {
  const whole = oracle(twoRegions)
  const expected = await searchCapacity({ measure: whole.measure, step: 1, bounds: bounds(48) })

  const { measure, asked } = oracle(twoRegions)
  let saved: SearchState | undefined
  const interrupted = searchCapacity({
    measure: async (cameras) => {
      if (asked.length === 5) throw new Error('interrupted')
      return measure(cameras)
    },
    step: 1,
    bounds: bounds(48),
    save: (state) => {
      // As a file keeps it: a copy, and nothing but JSON.
      saved = JSON.parse(JSON.stringify(state))
    },
  })
  await expect(interrupted).rejects.toThrow('interrupted')
  const resumed = await searchCapacity({ measure, step: 1, bounds: bounds(48), state: saved })
  expect(resumed).toEqual(expected)
  expect(new Set(asked).size).toBe(asked.length)
})

test('whatever the server, a simulation that is right finds every interval, even one of a single number', async () => {
  await assert(
    asyncProperty(array(boolean(), { minLength: 1, maxLength: 120 }), async (truth) => {
      const passes = (cameras: number) => truth[cameras - 1] === true
      const { measure } = oracle(passes)
      const found = await searchCapacity({
        measure,
        simulate: sure(passes),
        step: 1,
        bounds: bounds(truth.length),
      })
      const intervals = passingIntervals(passes, truth.length)
      expect(found.passing).toEqual(intervals)
      expect(found.planning).toBe(planningCapacity(intervals))
    }),
  )
})
