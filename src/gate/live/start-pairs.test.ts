import { expect, test } from 'vitest'
import { mostPairs } from './gate-budget.js'
import { openPairStarter, pairsInMemory } from './start-pairs.js'

const gigabyte = 1e9

test('one gigabyte stays free, and a process may grow by a quarter', () => {
  expect(pairsInMemory(0.8 * gigabyte, 6 * gigabyte)).toBe(5)
  expect(pairsInMemory(0.8 * gigabyte, 0.5 * gigabyte)).toBeLessThan(1)
})

test('processes of unknown size start for one pair at a time, servers by address need no memory', () => {
  expect(pairsInMemory(undefined, 100 * gigabyte)).toBe(1)
  expect(pairsInMemory(0, 0)).toBe(Number.POSITIVE_INFINITY)
})

function recordedSides() {
  const events: string[] = []
  const side = (name: string) => ({
    start: (count: number) => Promise.resolve(void events.push(`${name} starts ${count}`)),
    stopMeasured: () => Promise.resolve(void events.push(`${name} stops`)),
  })
  return { events, sides: { baseline: side('baseline'), candidate: side('candidate') } }
}

test('where memory is short, the processes that were measured end before the next ones start', async () => {
  const { events, sides } = recordedSides()
  const startPairs = openPairStarter(sides, 0.8 * gigabyte, () => 4.2 * gigabyte)
  expect(await startPairs(8)).toBe(3)
  expect(events).toEqual(['baseline stops', 'candidate stops', 'baseline starts 3', 'candidate starts 3'])
})

test('with memory for both, the next processes start while the earlier ones end', async () => {
  const { events, sides } = recordedSides()
  const startPairs = openPairStarter(sides, 0.8 * gigabyte, () => 100 * gigabyte)
  expect(await startPairs(8)).toBe(4)
  expect(events.toSorted()).toEqual([
    'baseline starts 4',
    'baseline stops',
    'candidate starts 4',
    'candidate stops',
  ])
})

test('a machine without free memory still starts one pair, and one with much memory the pairs up to the next look', async () => {
  const starved = openPairStarter(recordedSides().sides, 0.8 * gigabyte, () => 0)
  expect(await starved(4)).toBe(1)
  const rich = openPairStarter(recordedSides().sides, 0.8 * gigabyte, () => 100 * gigabyte)
  expect(await rich(8)).toBe(4)
  expect(await rich(2)).toBe(2)
})

test('if one side does not start, the other is waited for', async () => {
  const { events, sides } = recordedSides()
  const failing = { ...sides.baseline, start: () => Promise.reject(new Error('no memory')) }
  const startPairs = openPairStarter({ ...sides, baseline: failing }, 0, () => 0)
  await expect(startPairs(2)).rejects.toThrow('no memory')
  expect(events).toContain('candidate starts 2')
})

test('no processes start for pairs whose windows do not fit into the budget', () => {
  const most = (seconds: number, measure: { durationS: number; passes?: number }, leastPairs = 0) =>
    mostPairs({ seconds, leastPairs }, measure)
  expect(most(1, { durationS: 0.4 })).toBe(2)
  expect(most(60, { durationS: 4 })).toBe(8)
  expect(most(1, { durationS: 4 })).toBe(1)
  expect(most(360, { durationS: 400 }, 8)).toBe(8)
  // The time of `passes` is unknown.
  expect(most(1, { durationS: 4, passes: 1 })).toBe(Number.POSITIVE_INFINITY)
})
