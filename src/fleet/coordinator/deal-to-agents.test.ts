import { expect, test } from 'vitest'
import type { Announcement } from '../message/announcement.js'
import { dealToAgents } from './deal-to-agents.js'

const agents = ['a', 'b', 'c'].map((name) => ({ name, labels: { zone: name } }) as unknown as Announcement)
const closed = (framesInFlight: number) => ({
  load: { kind: 'closed' as const, framesInFlight },
  framesPerRequest: 1,
})

function dealt(framesInFlight: number, mayLeaveOut: boolean): (string | number)[][] {
  return dealToAgents(closed(framesInFlight), agents, { mayLeaveOut }).map(({ agent, slice }) => [
    agent.name,
    slice.clients,
  ])
}

test('a load that is large enough is dealt to all agents', () => {
  const all = [
    ['a', 2],
    ['b', 1],
    ['c', 1],
  ]
  expect(dealt(4, false)).toEqual(all)
  expect(dealt(4, true)).toEqual(all)
})

test('a smaller one is refused, or sent by the first agents only', () => {
  expect(() => dealt(2, false)).toThrow('the load is too small for 3 agents')
  expect(dealt(2, true)).toEqual([
    ['a', 1],
    ['b', 1],
  ])
  expect(dealt(1, true)).toEqual([['a', 1]])
})

test('a load that is too small for the spread is dealt without it', () => {
  const spread = [98, 1, 1].map((share, i) => ({ label: 'zone', value: 'abc'[i]!, share }))
  const few = dealToAgents(closed(4), agents, { spread, mayLeaveOut: true })
  expect(few.map(({ slice }) => slice.clients)).toEqual([2, 1, 1])
})
