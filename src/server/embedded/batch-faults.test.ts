import { expect, test } from 'vitest'
import { parseFaults } from '../../scenario/grammar/faults.js'
import { createBatchFaults } from './batch-faults.js'

/** The numbers of the batches with a fault, of 1,000 that start 10 ms apart. */
function applied(written: Record<string, string>, seed = 1): number[] {
  const draw = createBatchFaults(parseFaults(written), seed)
  const faults = Array.from({ length: 1000 }, (_, place) => draw(place * 10).names.length > 0)
  return faults.flatMap((hit, place) => (hit ? [place + 1] : []))
}

test('every, once and after apply to the batches that they name', () => {
  expect(applied({ fail: 'every 300' })).toEqual([300, 600, 900])
  expect(applied({ fail: 'once 7' })).toEqual([7])
  expect(applied({ fail: 'after 1s for 0.03s' })).toEqual([101, 102, 103])
})

test('a share applies to about that many, the same ones for the same seed', () => {
  const some = applied({ fail: '5%' })
  expect(some.length).toBeGreaterThan(25)
  expect(some.length).toBeLessThan(80)
  expect(applied({ fail: '5%' })).toEqual(some)
  expect(applied({ fail: '5%' }, 2)).not.toEqual(some)
})

test('factors of slow multiply', () => {
  const draw = createBatchFaults(parseFaults({ slow: '2x after 1s' }), 1)
  expect([draw(0).slowFactor, draw(1000).slowFactor]).toEqual([1, 2])
})
