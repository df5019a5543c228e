import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { mixSeeds, seededRandom } from '../../system/seeded-random.js'
import { decideRace, type Racer, type RaceWindow } from './decide-race.js'

/** Settings with so many cameras each, as points 1, 2, 3 … */
function racers(cameras: readonly (number | undefined)[], sensitivity = 1): Racer[] {
  return cameras.map((each, i) => ({ point: i + 1, cameras: each, sensitivity }))
}

/** Windows of settings with these ceilings; in each block the machine has another speed. */
function windows(fps: readonly number[], blocks: number, noise = 0, seed = 1): RaceWindow[] {
  return Array.from({ length: blocks }, (_, i) => i + 1).flatMap((block) => {
    const speed = 1 + 0.2 * Math.sin(block)
    return fps.map((each, i) => {
      const random = seededRandom(mixSeeds(seed, block, i))
      const draw = random() + random() + random() - 1.5
      return { point: i + 1, block, fps: each * speed * (1 + 2 * noise * draw) }
    })
  })
}

test('a setting that carries far less leaves after the first block, and a race with one left is decided', () => {
  expect(decideRace(racers([40, 20]), windows([100, 50], 1), 1)).toEqual({ inContention: [1], equal: [1] })
})

test('settings that are close stay in contention until the blocks show that they are equal', () => {
  const close = racers([40, 39, 20])
  const after = (blocks: number) => decideRace(close, windows([100, 98, 50], blocks), blocks)
  expect(after(1)).toEqual({ inContention: [1, 2], equal: [] })
  expect(after(8)).toEqual({ inContention: [1, 2], equal: [1, 2] })
})

test('the setting that carries most comes first, whatever its point', () => {
  expect(decideRace(racers([38, 40, 39]), windows([1, 1, 1], 1), 1).inContention).toEqual([2, 3, 1])
})

test('a machine that changes its speed from block to block favours no setting', () => {
  // The second setting was measured in the fast block only.
  const some = windows([100, 100], 2).filter(({ point, block }) => point === 1 || block === 1)
  expect(decideRace(racers([undefined, undefined]), some, 2).inContention).toEqual([1, 2])
  const slower = windows([100, 80], 6)
  expect(decideRace(racers([undefined, undefined]), slower, 6)).toEqual({ inContention: [1], equal: [1] })
})

test('a setting whose cameras depend strongly on the speed needs more blocks', () => {
  const measured = windows([100, 100], 8)
  expect(decideRace(racers([40, 40], 1), measured, 8).equal).toEqual([1, 2])
  expect(decideRace(racers([40, 40], 3), measured, 8).equal).toEqual([])
})

test('a race is decided for the best although a setting just below it is not shown to be equal', () => {
  const measured = windows([100, 96], 8)
  expect(decideRace(racers([100, 96]), measured, 8)).toEqual({ inContention: [1, 2], equal: [1] })
})

test('a setting that carries no camera leaves', () => {
  expect(decideRace(racers([40, 0]), windows([100, 90], 1), 1).inContention).toEqual([1])
})

test('a setting without a window that counts does not race, and without any setting nothing is decided', () => {
  expect(decideRace(racers([40, 39]), windows([100], 1), 1)).toEqual({ inContention: [1], equal: [1] })
  expect(decideRace(racers([40, 39]), [], 1)).toEqual({ inContention: [], equal: [] })
})

test('of two settings in no common block, neither leaves', () => {
  const apart = [
    { point: 1, block: 1, fps: 100 },
    { point: 2, block: 2, fps: 50 },
  ]
  expect(decideRace(racers([40, 20]), apart, 2)).toEqual({ inContention: [1, 2], equal: [] })
})

test('whatever the noise, the setting with most cameras stays in contention', () => {
  const some = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(
      some,
      fc.integer({ min: 1, max: 6 }),
      fc.double({ min: 0, max: 0.3, noNaN: true }),
      (fps, blocks, noise) => {
        const { inContention } = decideRace(racers(fps), windows(fps, blocks, noise), blocks)
        expect(fps[inContention[0]! - 1]).toBe(Math.max(...fps))
      },
    ),
  )
})

test('looking after every block drops the best setting in fewer than 5 of 100 races', () => {
  let wrong = 0
  for (let seed = 1; seed <= 200; seed++) {
    // The first setting carries over 5 % more than the others.
    const fps = [100, 94, 94, 94, 94, 94, 94]
    const all = windows(fps, 12, 0.03, seed)
    let left = fps.map((_, i) => i + 1)
    for (let look = 1; look <= 12 && left.length > 1; look++) {
      const some = racers(fps.map(() => undefined)).filter(({ point }) => left.includes(point))
      const decision = decideRace(
        some,
        all.filter(({ block }) => block <= look),
        look,
      )
      left = decision.inContention
      if (decision.equal.length > 0) break
    }
    if (!left.includes(1)) wrong++
  }
  expect(wrong / 200).toBeLessThan(0.05)
})
