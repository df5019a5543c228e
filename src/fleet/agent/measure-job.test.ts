import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { LoadJob } from '../../load/load-job.js'
import { smallJob } from '../../load/testing/small-job.test.support.js'
import { unusedPort } from '../../system/unused-port.test.support.js'
import { encodeMessage } from '../message/parse-message.js'
import { runStream, runSubject } from '../message/subjects.js'
import {
  measure,
  startTestFleet,
  until,
  withAgent,
  type TestCoordinator,
  type TestFleet,
} from '../testing/agents.test.support.js'

let fleet: TestFleet
beforeAll(async () => {
  fleet = await startTestFleet()
})
afterAll(() => fleet.close())

const job = (changes: Partial<LoadJob> = {}) => smallJob(fleet.server.endpoint, 'not used', changes)

/** Sends a job, and waits until the agent takes it. */
async function send(coordinator: TestCoordinator, changes: Partial<LoadJob>): Promise<string> {
  const message = await coordinator.jobFor(job(changes))
  await until('an agent that is free', async () => {
    const answer = await coordinator.send('job', encodeMessage(message))
    return 'accepted' in answer ? true : undefined
  })
  return message.measurement
}

test('samples that did not arrive are delivered again, and a payload travels once', () =>
  withAgent(fleet, 'site-again', async (coordinator) => {
    const ended = []
    for (let load = 0; load < 2; load++) {
      const { measurement } = await measure(coordinator, job())
      await coordinator.event(measurement, 'drained')
      await coordinator.ask('release', { measurement })
      ended.push(await coordinator.event(measurement, 'ended'))
      // The second load has the payload in the agent's folder.
      for (const { name } of await fleet.broker.payloads.list()) await fleet.broker.payloads.delete(name)
      // The broker loses what has come.
      await fleet.broker.manager.streams.purge(runStream, {
        filter: runSubject(coordinator.run, 'samples', '*'),
      })
    }
    for (const { measurement } of ended) {
      expect(await coordinator.ask('deliver', { measurement, attempt: 1 })).toMatchObject({ accepted: true })
      const { delivery } = await coordinator.event(
        measurement,
        'ended',
        (event) => event.delivery.attempt === 1,
      )
      const file = await coordinator.samples(measurement, delivery.bytes)
      expect(createHash('sha256').update(file).digest('hex')).toBe(delivery.sha256)
    }
  }))

test('a thread that is too busy ends the attempt, says how many threads the next one needs, and keeps no samples', () =>
  withAgent(fleet, 'site-busy', async (coordinator, _, workFolder) => {
    const { measurement } = await measure(coordinator, job({ threads: { most: 2, busyShare: 1e-9 } }))
    expect((await coordinator.event(measurement, 'too-busy')).threads).toBe(2)
    expect(await readdir(join(workFolder, 'site-busy', 'samples'))).toEqual([])
    const again = await measure(coordinator, job({ threads: 2 }))
    await coordinator.event(again.measurement, 'drained')
    await coordinator.ask('release', { measurement: again.measurement })
    expect((await coordinator.event(again.measurement, 'ended')).result.loadThreads).toBe(2)
  }))

test('passes over the clip end by themselves', () =>
  withAgent(fleet, 'site-passes', async (coordinator) => {
    const { measurement } = await measure(coordinator, job({ warmupMaxMs: 0, extent: { passes: 3 } }))
    const { result, delivery } = await coordinator.event(measurement, 'ended')
    expect([result.complete, delivery.requests]).toEqual([true, 30])
  }))

test('a server that cannot be reached from the agent fails the job, with the error of the agent', () =>
  withAgent(fleet, 'site-unreachable', async (coordinator) => {
    const port = await unusedPort()
    const measurement = await send(coordinator, { endpoint: { ...fleet.server.endpoint, port } })
    const { message, parts } = await coordinator.event(measurement, 'failed')
    expect(message).toBe('the server does not accept connections')
    expect(parts).toMatchObject({ where: `http://127.0.0.1:${port}`, exitCode: 3 })
  }))

test('a job that is stopped while it waits for the start ends without a request', () =>
  withAgent(fleet, 'site-waiting', async (coordinator) => {
    const before = fleet.server.seen.length
    const measurement = await send(coordinator, {})
    await coordinator.event(measurement, 'ready')
    expect(await coordinator.ask('stop', { measurement })).toMatchObject({ accepted: true })
    const { result, delivery } = await coordinator.event(measurement, 'ended')
    expect([result.complete, delivery.requests]).toEqual([false, 0])
    expect(fleet.server.seen).toHaveLength(before)
  }))
