import { createHash } from 'node:crypto'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  answerFrames,
  startScriptedServer,
  type ScriptedServer,
} from '../../load/testing/scripted-server.test.support.js'
import { smallJob } from '../../load/testing/small-job.test.support.js'
import { readSamples } from '../../run/read-samples.js'
import { nowUs } from '../../system/now-us.js'
import type { Broker } from '../broker/connect-broker.js'
import type { ManagedBroker } from '../broker/start-broker.js'
import {
  TestCoordinator,
  connectTo,
  entryOf,
  startTestAgent,
  startTestBroker,
  withFolder,
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

const job = (changes = {}) => smallJob(server.endpoint, 'not used', changes)

async function measure(coordinator: TestCoordinator, changes = {}) {
  const message = await coordinator.jobFor(job(changes))
  const { measurement } = message
  expect(await coordinator.send('job', new TextEncoder().encode(JSON.stringify(message)))).toMatchObject({
    accepted: true,
  })
  await coordinator.event(measurement, 'ready')
  const startUs = nowUs() + 300_000
  expect(await coordinator.ask('start', { measurement, startUs })).toMatchObject({ accepted: true })
  return { measurement, message, startUs }
}

test('an agent measures a job, delivers its samples, and deletes them once they are received', () =>
  withFolder(async (workFolder) => {
    const agent = startTestAgent(managed, { workFolder, name: 'site-a', labels: { zone: 'eu' } })
    const entry = await entryOf(broker, 'site-a')
    expect(entry).toMatchObject({ labels: { zone: 'eu' }, allow: ['loopback'], state: 'idle' })
    const coordinator = new TestCoordinator(broker, entry)
    const { measurement, startUs } = await measure(coordinator)
    await coordinator.event(measurement, 'drained')
    expect(await coordinator.ask('release', { measurement })).toMatchObject({ accepted: true })
    const ended = await coordinator.event(measurement, 'ended')
    expect(ended.result).toMatchObject({ complete: true, startedClockUs: startUs, loadThreads: 1 })
    const { bytes, sha256, requests } = ended.delivery
    const file = await coordinator.samples(measurement, bytes)
    expect(createHash('sha256').update(file).digest('hex')).toBe(sha256)
    const copy = join(workFolder, 'copy.samples')
    await writeFile(copy, file)
    expect((await readSamples(copy)).requests.count).toBe(requests)
    expect(requests).toBeGreaterThan(10)
    const folder = join(workFolder, 'site-a', 'samples')
    expect(await readdir(folder)).toHaveLength(2)
    expect(await coordinator.ask('received', { measurement })).toMatchObject({ accepted: true })
    expect(await coordinator.ask('received', { measurement })).toMatchObject({ accepted: true })
    await expect.poll(() => readdir(folder)).toEqual([])
    await agent.stop()
    expect(await broker.agents.get('site-a')).toMatchObject({ operation: 'DEL' })
  }))
