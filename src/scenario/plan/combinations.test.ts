import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { countSweeps, expandSweeps } from './combinations.js'

test('a list stands for each of its elements, a mapping for the cross product of its fields', () => {
  expect(expandSweeps({ mode: ['server', 'client'], size: [1, 2], delay: 50 })).toEqual([
    { mode: 'server', size: 1, delay: 50 },
    { mode: 'server', size: 2, delay: 50 },
    { mode: 'client', size: 1, delay: 50 },
    { mode: 'client', size: 2, delay: 50 },
  ])
})

test('a list of mappings is swept as well, each with its own lists', () => {
  expect(
    expandSweeps([
      { kind: 'closed', n: [8, 16] },
      { kind: 'cameras', n: 2 },
    ]),
  ).toEqual([
    { kind: 'closed', n: 8 },
    { kind: 'closed', n: 16 },
    { kind: 'cameras', n: 2 },
  ])
})

test('an absent section stays absent', () => {
  expect(expandSweeps({ slo: undefined, n: 1 })).toEqual([{ slo: undefined, n: 1 }])
})

const swept = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: 'small' }, fc.integer(), fc.constant('x'), tie('list'), tie('fields')),
  list: fc.array(tie('value'), { minLength: 1, maxLength: 3 }),
  fields: fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('value'), { maxKeys: 3 }),
}))

test('there are as many combinations as counted before, and none contains a list', () => {
  fc.assert(
    fc.property(swept.value, (value) => {
      fc.pre(countSweeps(value) <= 2000)
      const combinations = expandSweeps(value)
      expect(combinations).toHaveLength(countSweeps(value))
      expect(JSON.stringify(combinations.map((combination) => [combination]))).not.toMatch(/:\[/)
    }),
  )
})
