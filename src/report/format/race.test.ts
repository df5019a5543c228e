import { expect, test } from 'vitest'
import { closedLoad, pointOf } from '../../analysis/simulated-run.test.support.js'
import type { Plan } from '../../scenario/plan/plan.js'
import { raceSentences } from './race.js'

const points = [pointOf(1, 'server', 4, closedLoad(8)), pointOf(2, 'client', 8, closedLoad(16))]

type RaceEnd = NonNullable<NonNullable<Plan['race']>['end']>

function said(end?: Partial<RaceEnd>): string {
  const race = { budgetS: 300, ...(end && { end: { blocks: 4, inContention: [1, 2], equal: [], ...end } }) }
  return raceSentences({ race, points }).join(' ')
}

test('a decided race says after how many blocks, and what was shown', () => {
  expect(said({ inContention: [2], equal: [2] })).toBe(
    'Decided after 4 blocks: every other setting carries over 5 % less.',
  )
  expect(said({ equal: [1] })).toBe(
    'Decided after 4 blocks: no other setting carries over 5 % more than server batching 4 (delay 50 ms).',
  )
  expect(said({ equal: [1, 2] })).toBe(
    'Decided after 4 blocks: server batching 4 (delay 50 ms) and client batching 8 (base64) are equal within 5 %, and no other setting carries more.',
  )
})

test('an open race names the settings that are not decided, and how to give it more time', () => {
  expect(said({ blocks: 1 })).toBe(
    'Open after 1 block: server batching 4 (delay 50 ms) and client batching 8 (base64) are not decided within the budget of 5 min. Give it more time, for example with --budget 10m.',
  )
  expect(said({ inContention: [] })).toBe('Open after 4 blocks: no setting could be compared.')
  expect(said()).toBe('Open: the run was interrupted before it was decided.')
})

test('other runs say nothing about a race', () => {
  expect(raceSentences({ points })).toEqual([])
})
