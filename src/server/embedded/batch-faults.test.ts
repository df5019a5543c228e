import { expect, test } from 'vitest'
import { parseFaults } from '../../scenario/grammar/faults.js'
import { createBatchFaults } from './batch-faults.js'

/** The numbers of the batches struck, of 1,000 that start 10 ms apart. */
function struck(written: Record<string, string>, seed = 1): number[] {
  const strike = createBatchFaults(parseFaults(written), seed)
  const strikes = Array.from({ length: 1000 }, (_, place) => strike(place * 10).names.length > 0)
  return strikes.flatMap((hit, place) => (hit ? [place + 1] : []))
}

test('every, once and after strike the batches that they name', () => {
  expect(struck({ fail: 'every 300' })).toEqual([300, 600, 900])
  expect(struck({ fail: 'once 7' })).toEqual([7])
  expect(struck({ fail: 'after 1s for 0.03s' })).toEqual([101, 102, 103])
})

test('a share strikes about that many, the same ones for the same seed', () => {
  const some = struck({ fail: '5%' })
  expect(some.length).toBeGreaterThan(25)
  expect(some.length).toBeLessThan(80)
  expect(struck({ fail: '5%' })).toEqual(some)
  expect(struck({ fail: '5%' }, 2)).not.toEqual(some)
})

test('factors of slow multiply', () => {
  const strike = createBatchFaults(parseFaults({ slow: '2x after 1s' }), 1)
  expect([strike(0).slowFactor, strike(1000).slowFactor]).toEqual([1, 2])
})
