import { expect, test } from 'vitest'
import { createBatchFaults } from './batch-faults.js'
import { parseFaults } from './faults.js'

test.each([
  ['every 50', { kind: 'every', batches: 50 }],
  ['every-50', { kind: 'every', batches: 50 }],
  ['once 3', { kind: 'once', batch: 3 }],
  ['1.5%', { kind: 'share', share: 0.015 }],
  ['after 10s', { kind: 'window', fromMs: 10_000, untilMs: Infinity }],
  ['after-0.5s-for-2s', { kind: 'window', fromMs: 500, untilMs: 2500 }],
])('a fault is written as %j', (text, trigger) => {
  expect(parseFaults({ kill: text })).toEqual([{ name: 'kill', trigger, factor: 1 }])
})

test('slow takes a factor, and alone strikes each batch', () => {
  expect(parseFaults({ slow: '3x 1%' })).toEqual([
    { name: 'slow', trigger: { kind: 'share', share: 0.01 }, factor: 3 },
  ])
  expect(parseFaults({ slow: '1.2x' })).toEqual([{ name: 'slow', trigger: { kind: 'always' }, factor: 1.2 }])
})

test.each([
  [{ explode: '1%' }, 'the embedded server has no fault "explode"'],
  [{ kill: 'every 0' }, 'the fault "kill" cannot be understood'],
  [{ kill: '101%' }, 'the fault "kill" cannot be understood'],
  [{ kill: '' }, 'the fault "kill" cannot be understood'],
  [{ slow: 'every 3' }, 'the fault "slow" cannot be understood'],
  [{ refuse: 'every 3' }, 'the fault "refuse" cannot be understood'],
])('%j is refused', (written, message) => {
  expect(() => parseFaults(written)).toThrow(message)
})

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
