import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  answerFrames,
  startScriptedServer,
  type ScriptedServer,
} from '../../load/testing/scripted-server.test.support.js'
import { smallJob } from '../../load/testing/small-job.test.support.js'
import type { LoadJob } from '../../load/load-job.js'
import type { Broker } from '../broker/connect-broker.js'
import type { ManagedBroker } from '../broker/start-broker.js'
import { encodeMessage } from '../message/parse-message.js'
import type { JobMessage } from '../message/job-message.js'
import {
  TestCoordinator,
  connectTo,
  entryOf,
  measure,
  startTestAgent,
  startTestBroker,
  withFolder,
  type TestAgent,
} from '../testing/agents.test.support.js'

let server: ScriptedServer
let managed: ManagedBroker
let broker: Broker

beforeAll(async () => {
  server = await startScriptedServer(answerFrames)
  managed = await startTestBroker()
  broker = await connectTo(managed)
})

afterAll(async () => {
  await broker.close()
  await managed.end()
  await server.close()
})

function withAgent(
  use: (coordinator: TestCoordinator, agent: TestAgent) => Promise<void>,
  name: string,
): Promise<void> {
  return withFolder(async (workFolder) => {
    const agent = startTestAgent(managed, { workFolder, name })
    try {
      await use(new TestCoordinator(broker, await entryOf(broker, name)), agent)
    } finally {
      await agent.stop()
    }
  })
}

const job = (changes: Partial<LoadJob> = {}) => smallJob(server.endpoint, 'not used', changes)

test('jobs for another agent, another address, another process, or with a file are refused and logged', () =>
  withAgent(async (coordinator, agent) => {
    const message = await coordinator.jobFor(job())
    const cases: [string, Partial<JobMessage>][] = [
      ['a job for another agent', { agent: 'site-b' }],
      ['meant for another process than this agent', { agentId: 'another' }],
      ['may not send to that address', { endpoint: { ...message.endpoint, host: '10.0.0.1' } }],
      ['may not send to that address', { endpoint: { ...message.endpoint, host: 'example.com' } }],
      ['a job cannot name a file', { endpoint: { ...message.endpoint, tokenFile: '/etc/passwd' } as never }],
      ['an unknown field', { sampleFile: '/tmp/x' } as never],
      [
        'the variable SURELY_NOT_SET is not set',
        { endpoint: { ...message.endpoint, tokenEnv: 'SURELY_NOT_SET' } },
      ],
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
    expect(server.seen).toHaveLength(0)
  }, 'site-refuses'))

test('a job that was run is not run again, and a repeated request does nothing twice', () =>
  withAgent(async (coordinator) => {
    const { measurement, message, startUs } = await measure(coordinator, job())
    const accepted = { accepted: true }
    // While it runs.
    expect(await coordinator.send('job', encodeMessage(message))).toMatchObject(accepted)
    expect(await coordinator.ask('start', { measurement, startUs })).toMatchObject(accepted)
    await coordinator.event(measurement, 'drained')
    for (let i = 0; i < 3; i++)
      expect(await coordinator.ask('release', { measurement })).toMatchObject(accepted)
    await coordinator.event(measurement, 'ended')
    const requests = server.seen.length
    await expect
      .poll(async () => await coordinator.send('job', encodeMessage(message)))
      .toMatchObject({
        refused: 'a measurement that is already finished',
      })
    const kinds = (await coordinator.events(measurement)).map(({ kind }) => kind)
    expect(kinds).toEqual(['ready', 'drained', 'ended'])
    expect(server.seen).toHaveLength(requests)
  }, 'site-replay'))

test('messages that are no requests are answered and logged, at most ten lines per minute', () =>
  withAgent(async (coordinator, agent) => {
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
  }, 'site-garbage'))

test('a payload that is not there, or is damaged, fails the job in words', () =>
  withAgent(async (coordinator) => {
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
  }, 'site-payloads'))
