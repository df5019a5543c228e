import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { isLastState, nextStep, type AgentState, type LoadState } from './next-step.js'

test('the load starts when all agents are ready, and not before', () => {
  expect(nextStep(['ready', 'asked'], 'preparing', false)).toBe('wait')
  expect(nextStep(['ready', 'ready'], 'preparing', false)).toBe('start')
  expect(nextStep(['ready', 'ready'], 'running', false)).toBe('wait')
})

test('the agents are released when all have drained, or ended by themselves', () => {
  expect(nextStep(['drained', 'ready'], 'running', false)).toBe('wait')
  expect(nextStep(['drained', 'drained'], 'running', false)).toBe('release')
  expect(nextStep(['drained', 'ended'], 'running', false)).toBe('release')
  expect(nextStep(['drained', 'ended'], 'released', false)).toBe('wait')
})

test.each(['lost', 'failed', 'too-busy'] as const)('when one is %s the others stop', (state) => {
  expect(nextStep(['ready', state], 'preparing', false)).toBe('stop')
  expect(nextStep(['ready', state], 'running', false)).toBe('stop')
  expect(nextStep(['drained', state], 'released', false)).toBe('stop')
  expect(nextStep(['ready', state], 'stopped', false)).toBe('wait')
  expect(nextStep(['ended', state], 'stopped', false)).toBe('finish')
})

test('an interruption stops all', () => {
  expect(nextStep(['asked', 'ready'], 'preparing', true)).toBe('stop')
  expect(nextStep(['ready', 'ready'], 'running', true)).toBe('stop')
})

const states: AgentState[] = ['asked', 'ready', 'drained', 'ended', 'failed', 'too-busy', 'lost']
const loads: LoadState[] = ['preparing', 'running', 'released', 'stopped']

test('whatever happens, the coordinator finishes when nothing more can happen, and only then', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...states), { minLength: 1, maxLength: 8 }),
      fc.constantFrom(...loads),
      fc.boolean(),
      (agents, load, interrupted) => {
        const step = nextStep(agents, load, interrupted)
        expect(step === 'finish').toBe(agents.every(isLastState))
        expect(step !== 'start' || agents.every((state) => state === 'ready')).toBe(true)
        expect(load !== 'stopped' || step === 'wait' || step === 'finish').toBe(true)
      },
    ),
  )
})
