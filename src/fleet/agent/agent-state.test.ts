import { expect, test } from 'vitest'
import { smallJob } from '../../load/testing/small-job.test.support.js'
import { loopbackEndpoint } from '../../server/endpoint.js'
import { jobToMessage, type JobMessage } from '../message/job-message.js'
import { thisProtocol } from '../message/parse-message.js'
import { parseAllowed } from './allowed-address.js'
import { decide, type AgentFacts, type AgentRequest, type AgentState } from './agent-state.js'

const now = 1_000_000
const job = (measurement = 'm-1', changes: Partial<JobMessage> = {}): JobMessage => ({
  ...jobToMessage(
    {
      ...smallJob(loopbackEndpoint(8080, { name: 'm' }), 'file'),
      slice: { agent: 0, agents: 1, firstClient: 0, clients: 1 },
    },
    { agent: 'site-a', agentId: 'id-1', run: 'run-1', measurement },
    { payload: { sha256: 'a'.repeat(64), bytes: 1 } },
  ),
  ...changes,
})

const states = {
  waiting: { kind: 'waiting' },
  preparing: { kind: 'preparing', job: job() },
  ready: { kind: 'ready', job: job() },
  loading: { kind: 'loading', job: job(), startUs: now + 500 },
  draining: { kind: 'draining', job: job(), startUs: now + 500 },
  delivering: { kind: 'delivering', job: job() },
} as const satisfies Record<string, AgentState>

const about = (measurement = 'm-1') => ({ ...thisProtocol, agentId: 'id-1', measurement })
const start = (startUs: number, measurement?: string): AgentRequest => ({
  verb: 'start',
  message: { ...about(measurement), startUs },
})

function answer(state: AgentState, request: AgentRequest, facts: Partial<AgentFacts> = {}): string {
  const decision = decide(state, request, {
    name: 'site-a',
    id: 'id-1',
    allowed: parseAllowed([]),
    nowUs: now,
    refuseVariables: () => undefined,
    isFinished: () => false,
    isKept: () => false,
    ...facts,
  })
  if ('refused' in decision) return `refused: ${decision.refused}${decision.busy === true ? '; later' : ''}`
  return [decision.act?.kind ?? 'nothing', decision.next?.kind]
    .filter((word) => word !== undefined)
    .join(', then ')
}

const inEach = (request: AgentRequest) =>
  Object.fromEntries(Object.entries(states).map(([name, state]) => [name, answer(state, request)]))

test('a job is taken by an agent that waits, and a repeated one is accepted without effect', () => {
  expect(inEach({ verb: 'job', message: job() })).toEqual({
    waiting: 'prepare, then preparing',
    preparing: 'nothing',
    ready: 'nothing',
    loading: 'nothing',
    draining: 'nothing',
    delivering: 'nothing',
  })
  expect(answer(states.loading, { verb: 'job', message: job('m-2') })).toBe(
    'refused: this agent is measuring; later',
  )
})

test('the start is taken once, by an agent that is ready', () => {
  expect(inEach(start(now + 500))).toEqual({
    waiting: 'refused: this agent does not have that measurement',
    preparing: 'refused: not ready: preparing',
    ready: 'start, then loading',
    loading: 'nothing',
    draining: 'nothing',
    delivering: 'refused: not ready: delivering',
  })
  expect(answer(states.loading, start(now + 600))).toContain('another start')
  expect(answer(states.ready, start(now))).toBe('refused: the start has passed')
  expect(answer(states.ready, start(now + 61e6))).toContain('more than a minute ahead')
  expect(answer(states.ready, start(now + 500, 'm-2'))).toContain('does not have')
})

test('a load is released when it has drained, and stopped at any time', () => {
  expect(inEach({ verb: 'release', message: about() })).toEqual({
    waiting: 'refused: this agent does not have that measurement',
    preparing: 'refused: not drained: preparing',
    ready: 'refused: not drained: ready',
    loading: 'refused: not drained: loading',
    draining: 'release, then delivering',
    delivering: 'nothing',
  })
  expect(inEach({ verb: 'stop', message: about() })).toEqual({
    waiting: 'refused: this agent does not have that measurement',
    preparing: 'stop, then delivering',
    ready: 'stop, then delivering',
    loading: 'stop, then delivering',
    draining: 'stop, then delivering',
    delivering: 'nothing',
  })
  const finished = { isFinished: () => true }
  expect(answer(states.waiting, { verb: 'stop', message: about() }, finished)).toBe('nothing')
})

test('jobs that are not meant for this agent, or may not run here, are refused', () => {
  const refusal = (changes: Partial<JobMessage>, facts: Partial<AgentFacts> = {}) =>
    answer(states.waiting, { verb: 'job', message: job('m-1', changes) }, facts)
  const elsewhere = { endpoint: { ...job().endpoint, host: '10.0.0.5' } }
  expect(refusal({ agent: 'site-b' })).toBe('refused: a job for another agent')
  expect(refusal({ agentId: 'id-0' })).toBe('refused: meant for another process than this agent')
  expect(refusal({}, { isFinished: () => true })).toBe('refused: a measurement that is already finished')
  expect(refusal(elsewhere)).toContain(
    'may not send to that address; it was started with --allow for: loopback',
  )
  expect(refusal(elsewhere, { allowed: [{ host: '10.0.0.5', port: 8080 }] })).toBe('prepare, then preparing')
  const noToken = { refuseVariables: () => 'no TOKEN' }
  expect(refusal({}, noToken)).toBe('refused: no TOKEN')
  // An agent that measures says at once what it will never take.
  expect(answer(states.loading, { verb: 'job', message: job('m-2') }, noToken)).toBe('refused: no TOKEN')
})

test('samples are deleted and delivered again only if they are here', () => {
  const kept = { isKept: () => true }
  const received: AgentRequest = { verb: 'received', message: about() }
  const deliver: AgentRequest = { verb: 'deliver', message: { ...about(), attempt: 1 } }
  expect([answer(states.waiting, received, kept), answer(states.waiting, received)]).toEqual([
    'forget',
    'nothing',
  ])
  expect(answer(states.waiting, deliver, kept)).toBe('deliver')
  expect(answer(states.waiting, deliver)).toContain('no samples')
})
