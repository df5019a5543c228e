import { expect, test } from 'vitest'
import { planBlock, planRace } from './race.js'
import { loadScenario } from '../load-scenario.js'
import { planScenario } from './plan-scenario.js'
import { packageRoot } from '../../system/package-root.js'
import { allPoints } from './plan.js'

async function planOf(set: string[] = [], server = 'embedded') {
  return planScenario(await loadScenario(`${packageRoot}/scenarios/batch-sweep.yaml`, { server, set }))
}

test('a race begins with one pass over all points with short windows, closed points first', async () => {
  const long = await planOf(['measure.repetitions=3', 'measure.durationS=20'])
  const race = planRace(long, { file: 'sweep.yaml' })
  const points = allPoints(race)
  expect(points.map(({ id }) => id)).toEqual(allPoints(long).map(({ id }) => id))
  expect(new Set(points.map(({ measure }) => measure.durationS))).toEqual(new Set([4]))
  expect(race.order.map(({ point }) => point).toSorted((a, b) => a - b)).toEqual(points.map(({ id }) => id))
  const closed = race.points.filter(({ load }) => load.kind === 'closed').length
  expect(race.order.slice(0, closed).every(({ point }) => race.points.some(({ id }) => id === point))).toBe(
    true,
  )
  expect(race.race).toEqual({ budgetS: 300 })
  expect(race.expectedS).toBeLessThan(long.expectedS / 5)
})

test('a block measures each setting once, in an order of its own', async () => {
  const race = planRace(await planOf(), { file: 'sweep.yaml' })
  const ids = race.points.map(({ id }) => id)
  const blocks = [2, 3].map((block) => planBlock(race, ids, block))
  for (const [i, block] of blocks.entries()) {
    expect(block.map(({ point }) => point).toSorted((a, b) => a - b)).toEqual(ids)
    expect(new Set(block.map(({ repetition }) => repetition))).toEqual(new Set([i + 2]))
  }
  expect(blocks[0]!.map(({ point }) => point)).not.toEqual(blocks[1]!.map(({ point }) => point))
})

test.each([
  [['load=[{ kind: cameras, cameras: 2, fps: 5 }]'], 'no closed load'],
  [['video.size=[640x480, 320x240]'], '2 combinations of server, model and video'],
])('a race of %s is refused', async (set, received) => {
  const plan = await planOf(set)
  expect(() => planRace(plan, { file: 'sweep.yaml' })).toThrow(
    expect.objectContaining({ parts: expect.objectContaining({ received }) }),
  )
})
