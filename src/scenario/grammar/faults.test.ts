import { expect, test } from 'vitest'
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

test('slow takes a factor, and without a trigger applies to each batch', () => {
  expect(parseFaults({ slow: '3x 1%' })).toEqual([
    { name: 'slow', trigger: { kind: 'share', share: 0.01 }, factor: 3 },
  ])
  expect(parseFaults({ slow: '1.2x' })).toEqual([{ name: 'slow', trigger: { kind: 'always' }, factor: 1.2 }])
})

test.each([
  [{ explode: '1%' }, 'the embedded server has no fault "explode"'],
  [{ kill: 'every 0' }, 'the fault "kill" is not valid'],
  [{ kill: '101%' }, 'the fault "kill" is not valid'],
  [{ kill: '' }, 'the fault "kill" is not valid'],
  [{ slow: 'every 3' }, 'the fault "slow" is not valid'],
  [{ refuse: 'every 3' }, 'the fault "refuse" is not valid'],
])('%j is refused', (written, message) => {
  expect(() => parseFaults(written)).toThrow(message)
})
