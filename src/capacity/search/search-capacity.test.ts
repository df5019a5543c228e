import { array, assert, asyncProperty, boolean, integer } from 'fast-check'
import { expect, test } from 'vitest'
import type { SustainedVerdict } from '../sustained/judge-sustained.js'
import type { PointVerdict } from '../verdict/measure-cameras.js'
import { capacityFound } from './capacity-found.js'
import { passingIntervals, planningCapacity } from './intervals.js'
import { searchCapacity, type CapacitySearch } from './search-capacity.js'

type Passes = (cameras: number) => boolean

function verdict(cameras: number, passes: boolean): PointVerdict {
  return {
    cameras,
    decision: passes ? 'pass' : 'fail',
    binding: 'latency',
    conditions: [],
    worstCamera: { camera: 0, deliveredShare: 1, overShare: 0 },
    draws: [],
    requests: 500,
    requestsOver: 0,
    invalid: [],
    measuredS: 9,
  }
}

function sustained(cameras: number, passes: boolean): SustainedVerdict {
  const used = { value: 0.5, low: 0.5, high: 0.5 }
  return {
    cameras,
    decision: passes ? 'pass' : 'fail',
    reason: 'late-share',
    sustained: passes,
    utilisation: used,
    utilisationMax: 1,
    simulatedS: 60,
  }
}

/** A server that passes measurements as `measures` says, and is predicted to sustain what `predicts` says. */
async function searched(measures: Passes, predicts: Passes, max: number, more: Partial<CapacitySearch> = {}) {
  const asked: number[] = []
  const step = more.step ?? 1
  const state = await searchCapacity({
    async measure(cameras) {
      asked.push(cameras)
      return verdict(cameras, measures(cameras))
    },
    predict: async () => Array.from({ length: max }, (_, i) => predicts((i + 1) * step)),
    judge: async (cameras) => sustained(cameras, predicts(cameras)),
    simulated: true,
    step,
    bounds: { lowest: 1, gridFrom: 1, max },
    ...more,
  })
  return { asked, state, found: capacityFound(state) }
}

/** Finding: t(b) = 8 + 2·b, batches of 16, delay 50, SLO 100: p99 comes back once batches fill. */
const twoRegions: Passes = (cameras) => cameras <= 10 || (cameras >= 32 && cameras <= 39)
const upTo =
  (edge: number): Passes =>
  (cameras) =>
    cameras <= edge

test('a true simulation takes two numbers, both sides of the planning edge', async () => {
  const { asked, found } = await searched(twoRegions, twoRegions, 48)
  expect(asked).toEqual([10, 11])
  expect(found).toMatchObject({
    planning: 10,
    basis: 'measured',
    failsAt: 11,
    passing: [
      [1, 10],
      [32, 39],
    ],
    upper: [[32, 39]],
    sustained: { cameras: 10, decision: 'pass' },
  })
})

test('where measurements fail below the predicted edge, the edge moves down, and both of its sides are measured', async () => {
  const { asked, found } = await searched(upTo(40), upTo(57), 80)
  expect(found).toMatchObject({ planning: 40, failsAt: 41 })
  expect(asked).toEqual(expect.arrayContaining([40, 41]))
  expect(asked.length).toBeLessThan(14)
})

test('what passes its windows and cannot be sustained does not pass', async () => {
  const { asked, found } = await searched(upTo(60), upTo(50), 80)
  expect(found).toMatchObject({ planning: 50, failsAt: 51, failureSustained: { decision: 'fail' } })
  expect(found.failure?.decision).toBe('pass')
  expect(asked).toEqual([50, 51])
})

test('a prediction that changes with what is measured moves the edge in both directions', async () => {
  for (const [before, after] of [
    [50, 53],
    [50, 46],
  ] as const) {
    let measurements = 0
    const edge = () => (measurements < 2 ? before : after)
    const { found } = await searched(upTo(60), upTo(0), 80, {
      async measure(cameras) {
        measurements++
        return verdict(cameras, cameras <= 60)
      },
      predict: async () => Array.from({ length: 80 }, (_, i) => i + 1 <= edge()),
      judge: async (cameras) => sustained(cameras, cameras <= edge()),
    })
    expect(found).toMatchObject({ planning: after, failsAt: after + 1, basis: 'measured' })
    expect(found.measured).toEqual(expect.arrayContaining([after, after + 1]))
  }
})

test('without simulation the limit is the ceiling, and a grid below the edge finds a gap', async () => {
  const { asked, found } = await searched(twoRegions, upTo(44), 48, { simulated: false })
  expect(found).toMatchObject({ planning: 10, failsAt: 11 })
  expect(asked).toEqual(expect.arrayContaining([10, 11]))
  expect(asked.length).toBeLessThan(20)
})

test('cameras that come by whole edge devices are counted in cameras all the same', async () => {
  const { asked, found } = await searched(upTo(40), upTo(40), 8, { step: 8 })
  expect(found).toMatchObject({ planning: 40, failsAt: 48, passing: [[8, 40]], max: 64 })
  expect(asked).toEqual([40, 48])
})

test('where not even one camera passes there is no planning capacity, and a region above is no plan', async () => {
  const { found } = await searched(upTo(0), (cameras) => cameras >= 5 && cameras <= 8, 12)
  expect(found).toMatchObject({ planning: 0, failsAt: 1, passing: [[5, 8]], upper: [[5, 8]] })
})

test('where all pass, nothing fails up to the end of the search', async () => {
  const { asked, found } = await searched(upTo(20), upTo(20), 20)
  expect(found).toMatchObject({ planning: 20, passing: [[1, 20]] })
  expect(found.failsAt).toBeUndefined()
  expect(asked).toEqual([20])
})

test('few cameras that would have to be measured for minutes rest on simulation', async () => {
  const { asked, found } = await searched(upTo(2), upTo(2), 3, {
    bounds: { lowest: 9, gridFrom: 30, max: 3 },
  })
  expect(asked).toEqual([])
  expect(found).toMatchObject({ planning: 2, basis: 'simulated', failsAt: 3 })
})

test('if the time is up, what was measured counts, and the rest is open', async () => {
  const after = (most: number) => {
    let measured = 0
    return searched(upTo(40), upTo(57), 80, {
      measure: async (cameras) => (measured++ < most ? verdict(cameras, cameras <= 40) : undefined),
    })
  }
  expect((await after(0)).found).toMatchObject({ planning: 57, basis: 'simulated', open: [57, 58] })
  expect((await after(3)).found).toMatchObject({ planning: 0, open: [1, expect.anything()] })
  const some = (await after(7)).found
  expect(some.planning).toBeGreaterThan(0)
  expect(some.planning).toBeLessThanOrEqual(40)
  expect(some.open![0]).toBe(some.planning + 1)
  expect(some.open![1]).toBe(some.failsAt! - 1)
})

test('a machine that lets nothing be measured ends the search', async () => {
  let measured = 0
  const { found } = await searched(upTo(0), upTo(57), 80, {
    measure: async (cameras) => {
      measured++
      return { ...verdict(cameras, false), binding: 'generator' }
    },
  })
  expect(measured).toBeLessThanOrEqual(3)
  expect(found.failure).toMatchObject({ binding: 'generator' })
})

test('a number that the machine kept from being measured is tried once more', async () => {
  const asked: number[] = []
  const { found } = await searched(upTo(57), upTo(57), 80, {
    measure: async (cameras) => {
      asked.push(cameras)
      return asked.length === 1
        ? { ...verdict(cameras, false), binding: 'generator' }
        : verdict(cameras, cameras <= 57)
    },
  })
  expect(asked.filter((cameras) => cameras === 57)).toHaveLength(2)
  expect(found).toMatchObject({ planning: 57, failsAt: 58, basis: 'measured' })
})

test('whatever the server, both sides of an edge are measured, and the answer passes both rules', async () => {
  await assert(
    asyncProperty(
      array(boolean(), { minLength: 1, maxLength: 120 }),
      integer({ min: 0, max: 120 }),
      async (prediction, edge) => {
        const predicts: Passes = (cameras) => prediction[cameras - 1] === true
        const { found } = await searched(upTo(edge), predicts, prediction.length)
        const predicted = planningCapacity(passingIntervals(predicts, prediction.length))
        expect(found.planning).toBe(Math.min(predicted, edge))
        const sides = [found.planning, found.planning + 1].filter((n) => n >= 1 && n <= prediction.length)
        expect(found.measured).toEqual(expect.arrayContaining(sides))
      },
    ),
  )
})
