import { expect, test } from 'vitest'
import { collectMeasurements } from '../../analysis/analyse-run.js'
import {
  closedLoad,
  manifestOf,
  pointOf,
  simulateMeasurement,
} from '../../analysis/simulated-run.test.support.js'
import { measurementInput } from '../../run/read-measurement.js'
import type { Plan, PlannedMeasurement, Point } from '../../scenario/plan/plan.js'
import { raceSettings, timeSpentS } from './race-settings.js'
import { runInMemory } from './run-in-memory.test.support.js'

/** Server batching 1, 2, 4 and client batching 4, each under closed load: a batch takes 7 + 24·b ms. */
const points = [
  pointOf(1, 'server', 1, closedLoad(8)),
  pointOf(2, 'server', 2, closedLoad(8)),
  pointOf(3, 'server', 4, closedLoad(8)),
  pointOf(4, 'client', 4, closedLoad(8)),
]

/** A run whose first pass was measured; each measurement takes 15 s. */
function raced({ budgetS = 300, stopAfter = Infinity } = {}) {
  const collection = collectMeasurements()
  const first: PlannedMeasurement[] = points.map(({ id }) => ({ point: id, repetition: 1, phaseSeed: 1 }))
  const planned = manifestOf(points, [])
  const run = runInMemory({ ...planned, plan: { ...planned.plan, order: first, race: { budgetS } } })
  const nowMs = () => 15_000 * run.manifest.measurements.length
  const blocks: { block: number; settings: number }[] = []
  let left = stopAfter
  const measure = async (point: Point, { repetition }: PlannedMeasurement) => {
    if (left-- <= 0) return false
    const { record, samples, batches } = simulateMeasurement(point, repetition)
    const dated = { ...record, startedAt: new Date(nowMs()).toISOString() }
    run.addRecord(dated)
    collection.add(measurementInput(run.manifest, dated, samples, { batches }))
    return true
  }
  const race = () =>
    raceSettings(run, {
      analyse: async () => collection.analyse('run', run.manifest),
      measure,
      nowMs,
      onBlock: (block) => blocks.push(block),
    })
  const firstPass = async () => {
    for (const one of first) await measure(points[one.point - 1]!, one)
  }
  const goOn = () => (left = Infinity)
  return { firstPass, race, goOn, blocks, manifest: () => run.manifest }
}

/** Points 3 and 4 are the same server with the same batches: one of them is named, or both. */
function expectEqualTo34({ race }: Plan): void {
  const { equal } = race!.end!
  expect(equal.length).toBeGreaterThan(0)
  expect([3, 4]).toEqual(expect.arrayContaining([...equal]))
}

test('without a prediction the ceiling decides: slow settings are measured once, equal ones again', async () => {
  const run = raced({ budgetS: 1000 })
  await run.firstPass()
  expect(await run.race()).toBe(true)
  const { plan, measurements } = run.manifest()
  const times = (id: number) => measurements.filter(({ point }) => point === id).length
  expect(times(1)).toBe(1)
  expect(times(3)).toBe(times(4))
  expect(times(3)).toBeGreaterThan(1)
  expect(plan.race!.end).toEqual({
    blocks: times(3),
    inContention: expect.anything(),
    equal: expect.anything(),
  })
  expectEqualTo34(plan)
  expect(run.blocks.at(-1)!.block).toBe(times(3))
  expect(run.blocks.at(-1)!.settings).toBeLessThan(points.length)
  expect(plan.order).toHaveLength(measurements.length)
})

test('a race ends open if the budget does not allow another block', async () => {
  const run = raced({ budgetS: 80 })
  await run.firstPass()
  expect(await run.race()).toBe(true)
  const { plan, measurements } = run.manifest()
  expect(measurements).toHaveLength(4)
  expect(plan.race!.end).toMatchObject({ blocks: 1, equal: [] })
  expect(plan.race!.end!.inContention).toContain(3)
})

test('an interrupted race goes on with the settings that were in contention', async () => {
  const run = raced({ budgetS: 1000, stopAfter: 7 })
  await run.firstPass()
  expect(await run.race()).toBe(false)
  expect(run.manifest().plan.race!.end).toBeUndefined()
  run.goOn()
  expect(await run.race()).toBe(true)
  const { plan, measurements } = run.manifest()
  expect(measurements.filter(({ point }) => point === 1)).toHaveLength(1)
  expectEqualTo34(plan)
})

test('a run that is no race, or whose race has ended, is left as it is', async () => {
  const run = raced({ budgetS: 1000 })
  await run.firstPass()
  await run.race()
  const before = run.manifest()
  expect(await run.race()).toBe(true)
  expect(run.manifest()).toBe(before)
})

test('time that passed while a run was interrupted is not spent', () => {
  const [record] = [simulateMeasurement(points[0]!).record]
  const at = (seconds: number) => ({ ...record, startedAt: new Date(1000 * seconds).toISOString() })
  // Each window ends after 12 s. The run was interrupted for an hour after the second measurement.
  expect(timeSpentS([at(0), at(15), at(3615)], 3_630_000)).toBe(15 + 72 + 15)
})
