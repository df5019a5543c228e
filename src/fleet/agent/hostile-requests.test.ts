import { afterAll, beforeAll, expect, test } from 'vitest'
import { smallJob } from '../../load/testing/small-job.test.support.js'
import type { LoadJob } from '../../load/load-job.js'
import { encodeMessage } from '../message/parse-message.js'
import type { JobMessage } from '../message/job-message.js'
import { parseAllowedVariables } from './allowed-variables.js'
import { measure, startTestFleet, withAgent, type TestFleet } from '../testing/agents.test.support.js'

let fleet: TestFleet
beforeAll(async () => {
  fleet = await startTestFleet()
})
afterAll(() => fleet.close())

const job = (changes: Partial<LoadJob> = {}) => smallJob(fleet.server.endpoint, 'not used', changes)

test('jobs for another agent, another address, another process, or with a file are refused and logged', () =>
  withAgent(
    fleet,
    'site-refuses',
    async (coordinator, agent) => {
      const message = await coordinator.jobFor(job())
      const cases: [string, Partial<JobMessage>][] = [
        ['a job for another agent', { agent: 'site-b' }],
        ['meant for another process than this agent', { agentId: 'another' }],
        ['may not send to that address', { endpoint: { ...message.endpoint, host: '10.0.0.1' } }],
        ['may not send to that address', { endpoint: { ...message.endpoint, host: 'example.com' } }],
        [
          'a job cannot name a file',
          { endpoint: { ...message.endpoint, tokenFile: '/etc/passwd' } as never },
        ],
        ['an unknown field', { sampleFile: '/tmp/x' } as never],
        [
          'the variable SURELY_NOT_SET is not set',
          { endpoint: { ...message.endpoint, tokenEnv: 'SURELY_NOT_SET' } },
        ],
        ['started without --env PATH', { endpoint: { ...message.endpoint, tokenEnv: 'PATH' } }],
        ['started without --env HOME', { endpoint: { ...message.endpoint, headers: { a: '$env:HOME' } } }],
        [
          'cannot use the credentials of the broker',
          { endpoint: { ...message.endpoint, tokenEnv: 'NATS_TOKEN' } },
        ],
      ]
      for (const [words, changes] of cases) {
        const answer = await coordinator.send('job', encodeMessage({ ...message, ...changes }))
        expect('refused' in answer && answer.refused).toContain(words)
        expect(agent.lines.at(-1)).toContain(words)
      }
      expect(fleet.server.seen).toHaveLength(0)
    },
    { variables: parseAllowedVariables(['SURELY_NOT_SET']) },
  ))

test('a job that was run is not run again, and a repeated request does nothing twice', () =>
  withAgent(fleet, 'site-replay', async (coordinator) => {
    const { measurement, message, startUs } = await measure(coordinator, job())
    const accepted = { accepted: true }
    // While it runs.
    expect(await coordinator.send('job', encodeMessage(message))).toMatchObject(accepted)
    expect(await coordinator.ask('start', { measurement, startUs })).toMatchObject(accepted)
    await coordinator.event(measurement, 'drained')
    for (let i = 0; i < 3; i++)
      expect(await coordinator.ask('release', { measurement })).toMatchObject(accepted)
    await coordinator.event(measurement, 'ended')
    const requests = fleet.server.seen.length
    await expect
      .poll(async () => await coordinator.send('job', encodeMessage(message)))
      .toMatchObject({
        refused: 'a measurement that is already finished',
      })
    const kinds = (await coordinator.events(measurement)).map(({ kind }) => kind)
    expect(kinds).toEqual(['ready', 'drained', 'ended'])
    expect(fleet.server.seen).toHaveLength(requests)
  }))

test('messages that are no requests are answered and logged, at most ten lines per minute', () =>
  withAgent(fleet, 'site-garbage', async (coordinator, agent) => {
    const before = agent.lines.length
    const bodies = [
      '',
      '{',
      'null',
      '[]',
      '{"protocol":1}',
      JSON.stringify({ protocol: 2 }),
      '"'.repeat(9999),
    ]
    for (const verb of ['job', 'start', 'release', 'stop', 'received', 'deliver'] as const) {
      for (const body of bodies) {
        expect(await coordinator.send(verb, new TextEncoder().encode(body))).toHaveProperty('refused')
      }
    }
    expect(await coordinator.send('job', new Uint8Array(900_000))).toMatchObject({
      refused: expect.stringContaining('900000 bytes') as string,
    })
    coordinator.broker.connection.publish('framestorm.agent.site-garbage.exec', 'rm -rf /')
    expect(agent.lines.length - before).toBeLessThanOrEqual(10)
    const { measurement } = await measure(coordinator, job())
    await coordinator.event(measurement, 'drained')
    await coordinator.ask('release', { measurement })
    expect((await coordinator.event(measurement, 'ended')).result.complete).toBe(true)
  }))

test('a payload that is not there, or is damaged, fails the job in words', () =>
  withAgent(fleet, 'site-payloads', async (coordinator) => {
    const message = await coordinator.jobFor(job())
    const cases: [string, Partial<JobMessage>][] = [
      ['does not have the payload', { payload: { sha256: 'c'.repeat(64), bytes: 10 } }],
      ['is not valid', { comparison: message.payload }],
      ['is not valid', { framesPerRequest: 2, slice: { ...message.slice, clients: 1 } }],
    ]
    for (const [index, [words, changes]] of cases.entries()) {
      const measurement = `damaged-${index}`
      await expect
        .poll(() => coordinator.send('job', encodeMessage({ ...message, ...changes, measurement })))
        .toMatchObject({ accepted: true })
      expect((await coordinator.event(measurement, 'failed')).message).toContain(words)
    }
  }))
