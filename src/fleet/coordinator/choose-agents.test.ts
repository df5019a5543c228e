import { expect, test } from 'vitest'
import type { Announcement } from '../message/announcement.js'
import { chooseAgents, type Choice } from './choose-agents.js'

function agent(name: string, labels: Record<string, string> = {}, state: 'idle' | 'loading' = 'idle') {
  const announced: Announcement = {
    protocol: 1,
    name,
    id: `${name}-id`,
    version: '1.0.0',
    host: 'here',
    labels,
    cores: 4,
    allow: [],
    state,
  }
  return announced
}

function names(choice: Choice): string[] | string {
  return 'chosen' in choice ? choice.chosen.map(({ name }) => name) : choice.missing
}

const ten = Array.from({ length: 10 }, (_, i) => agent(`site-${10 - i}`))
const spread = [
  { label: 'zone', value: 'eu', share: 70 },
  { label: 'zone', value: 'us', share: 30 },
]

test('the first ones by name are chosen, and numbers count as numbers', () => {
  expect(names(chooseAgents(ten, { agents: 3 }))).toEqual(['site-1', 'site-2', 'site-3'])
})

test('agents that sent earlier loads come first', () => {
  expect(names(chooseAgents(ten, { agents: 2, sites: ['site-9', 'site-10'] }))).toEqual(['site-9', 'site-10'])
})

test('with a spread each label gets an agent, and agents without a label none', () => {
  const present = [
    agent('a', { zone: 'eu' }),
    agent('b', { zone: 'eu' }),
    agent('c', { zone: 'eu' }),
    agent('d', { zone: 'us' }),
    agent('e'),
  ]
  expect(names(chooseAgents(present, { agents: 3, spread }))).toEqual(['a', 'b', 'd'])
  expect(names(chooseAgents(present.slice(2), { agents: 3, spread }))).toBe(
    '3 agents with the labels of --spread: c, d are there',
  )
})

test('an agent that another run uses is not chosen, and what is missing is said', () => {
  expect(names(chooseAgents([], { agents: 2 }))).toBe('2 agents: none is there')
  expect(names(chooseAgents([agent('a'), agent('b', {}, 'loading')], { agents: 2 }))).toBe(
    '2 agents: a is there; b in use by another run',
  )
})
