import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { LoadJob } from '../../load/load-job.js'
import { smallCameraLoad, smallJob } from '../../load/testing/small-job.test.support.js'
import { readSamples } from '../../run/read-samples.js'
import { unusedPort } from '../../system/unused-port.test.support.js'
import { UserError } from '../../system/user-error.js'
import { newToken } from '../broker/start-broker.js'
import type { Delivery } from '../message/events.js'
import {
  TestCoordinator,
  connectTo,
  entryOf,
  measure,
  startTestAgent,
  startTestBroker,
  startTestFleet,
  withFolder,
  type TestFleet,
} from '../testing/agents.test.support.js'

let fleet: TestFleet
beforeAll(async () => {
  fleet = await startTestFleet()
})
afterAll(() => fleet.close())

const job = (changes: Partial<LoadJob> = {}) => smallJob(fleet.server.endpoint, 'not used', changes)

/** The samples of a measurement as they came over the stream, checked against what the agent says of them. */
async function delivered(
  coordinator: TestCoordinator,
  measurement: string,
  delivery: Delivery,
  folder: string,
) {
  const bytes = await coordinator.samples(measurement, delivery.bytes)
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(delivery.sha256)
  const file = join(folder, `${measurement}.copy`)
  await writeFile(file, bytes)
  const samples = await readSamples(file)
  expect([samples.requests.count, samples.frames.count]).toEqual([delivery.requests, delivery.frames])
  return samples
}

test('an agent measures a job, delivers its samples, and deletes them once they are received', () =>
  withFolder(async (workFolder) => {
    const agent = startTestAgent(fleet.managed, { workFolder, labels: { zone: 'eu' } })
    const entry = await entryOf(fleet.broker, agent.name)
    expect(entry).toMatchObject({ labels: { zone: 'eu' }, allow: ['loopback'], state: 'idle' })
    const coordinator = new TestCoordinator(fleet.broker, entry)
    const { measurement, startUs } = await measure(coordinator, job())
    await coordinator.event(measurement, 'drained')
    expect(await coordinator.ask('release', { measurement })).toMatchObject({ accepted: true })
    const { result, delivery, observations } = await coordinator.event(measurement, 'ended')
    expect(result).toMatchObject({ complete: true, startedClockUs: startUs, loadThreads: 1 })
    expect(Math.abs(observations.clockStepMs!)).toBeLessThan(1000)
    const { requests } = await delivered(coordinator, measurement, delivery, workFolder)
    expect(requests.count).toBeGreaterThan(10)
    const folder = join(workFolder, agent.name, 'samples')
    expect(await readdir(folder)).toHaveLength(2)
    for (let i = 0; i < 2; i++)
      expect(await coordinator.ask('received', { measurement })).toMatchObject({ accepted: true })
    await expect.poll(() => readdir(folder)).toEqual([])
    await agent.stop()
    expect(await fleet.broker.agents.get(agent.name)).toMatchObject({ operation: 'DEL' })
  }))

test('a load that is stopped delivers what it measured, and the agent takes the next job', () =>
  withFolder(async (workFolder) => {
    const agent = startTestAgent(fleet.managed, { workFolder, name: 'site-stopped' })
    const coordinator = new TestCoordinator(fleet.broker, await entryOf(fleet.broker, agent.name))
    const long = job({ load: smallCameraLoad(), warmupMaxMs: 0, extent: { durationMs: 60_000 } })
    const { measurement } = await measure(coordinator, long)
    const before = fleet.server.seen.length
    await expect.poll(() => fleet.server.seen.length - before).toBeGreaterThan(100)
    expect(await coordinator.ask('stop', { measurement })).toMatchObject({ accepted: true })
    const { result, delivery } = await coordinator.event(measurement, 'ended')
    expect(result.complete).toBe(false)
    const { requests, frames } = await delivered(coordinator, measurement, delivery, workFolder)
    expect(requests.count).toBeGreaterThanOrEqual(100)
    expect(frames.count).toBeGreaterThanOrEqual(requests.count)
    const next = await measure(coordinator, job())
    expect(await coordinator.ask('stop', { measurement: next.measurement })).toMatchObject({ accepted: true })
    await agent.stop()
  }))

test('without a word from the coordinator a load ends by itself', () =>
  withFolder(async (workFolder) => {
    const agent = startTestAgent(fleet.managed, { workFolder, name: 'site-alone' })
    const coordinator = new TestCoordinator(fleet.broker, await entryOf(fleet.broker, agent.name))
    const { measurement } = await measure(coordinator, job({ deadlineMs: 200 }))
    await coordinator.event(measurement, 'drained')
    const { result } = await coordinator.event(measurement, 'ended')
    expect(result.complete).toBe(true)
    await agent.stop()
  }))

test('a second agent with the same name ends with exit code 2, and the first one goes on', () =>
  withFolder(async (workFolder) => {
    const first = startTestAgent(fleet.managed, { workFolder: join(workFolder, '1'), name: 'site-twice' })
    const { id } = await entryOf(fleet.broker, 'site-twice')
    const second = startTestAgent(fleet.managed, { workFolder: join(workFolder, '2'), name: 'site-twice' })
    await expect(second.ended).rejects.toThrow('another agent has the name site-twice')
    await expect(second.ended).rejects.toMatchObject({ exitCode: 2 })
    const sameFolder = startTestAgent(fleet.managed, {
      workFolder: join(workFolder, '1'),
      name: 'site-twice',
    })
    await expect(sameFolder.ended).rejects.toThrow(UserError)
    expect((await entryOf(fleet.broker, 'site-twice')).id).toBe(id)
    await first.stop()
  }))

test.each(['with its files', 'without its files'])(
  'a broker that restarts in the middle of a load, %s, costs nothing that was measured',
  (files) =>
    withFolder(async (folder) => {
      const port = await unusedPort()
      const same = { port, token: newToken() }
      const store = (name: string) => ({
        storeFolder: join(folder, files === 'with its files' ? 'store' : name),
      })
      let restarting = await startTestBroker({ ...same, ...store('first') })
      const own = await connectTo(restarting)
      const agent = startTestAgent(restarting, { workFolder: folder })
      try {
        const coordinator = new TestCoordinator(own, await entryOf(own, agent.name))
        const lasting = job({ load: smallCameraLoad(), extent: { durationMs: 3000 } })
        const { measurement } = await measure(coordinator, lasting)
        const before = fleet.server.seen.length
        await expect.poll(() => fleet.server.seen.length - before).toBeGreaterThan(50)
        await restarting.end()
        restarting = await startTestBroker({ ...same, ...store('second') })
        await coordinator.event(measurement, 'drained')
        expect(await coordinator.ask('release', { measurement })).toMatchObject({ accepted: true })
        const { result, delivery } = await coordinator.event(measurement, 'ended')
        expect(result.complete).toBe(true)
        const { frames } = await delivered(coordinator, measurement, delivery, folder)
        // Four cameras with 50 frames per second, for 3 s.
        const measured = frames.phase.filter((phase, row) => row < frames.count && phase === 1)
        expect(measured).toHaveLength(600)
        expect((await entryOf(own, agent.name)).id).toBe(coordinator.agent.id)
      } finally {
        await agent.stop()
        await own.close()
        await restarting.end()
      }
    }),
)

const main = fileURLToPath(new URL('../../cli/main.js', import.meta.url))

/** The real command, in a process that can be killed. */
function spawnAgent(name: string, workFolder: string, env: Record<string, string> = {}) {
  const variables = Object.keys(env).flatMap((variable) => ['--env', variable])
  const agent = execa(
    process.execPath,
    [main, 'agent', '--nats', fleet.managed.url, '--name', name, '--work', workFolder, ...variables],
    {
      reject: false,
      all: true,
      env: { NATS_TOKEN: fleet.managed.token, ...env },
    },
  )
  onTestFinished(() => void agent.kill('SIGKILL'))
  return agent
}

test('an agent that is killed delivers what it measured when it is started again, until it is received', () =>
  withFolder(async (workFolder) => {
    const killed = spawnAgent('site-killed', workFolder)
    const first = new TestCoordinator(fleet.broker, await entryOf(fleet.broker, 'site-killed'))
    const long = job({ load: smallCameraLoad(), warmupMaxMs: 0, extent: { durationMs: 60_000 } })
    const { measurement } = await measure(first, long)
    const before = fleet.server.seen.length
    await expect.poll(() => fleet.server.seen.length - before).toBeGreaterThan(200)
    killed.kill('SIGKILL')
    await killed
    /** Starts it again, and ends it after `then`. */
    async function restart(earlier: string, then: (agentId: string) => Promise<void>): Promise<string> {
      const again = spawnAgent('site-killed', workFolder)
      const { id } = await entryOf(fleet.broker, 'site-killed', earlier)
      const { delivery } = await first.event(measurement, 'recovered', ({ agentId }) => agentId === id)
      const { requests } = await delivered(first, measurement, delivery, workFolder)
      expect(requests.count).toBeGreaterThan(50)
      await then(id)
      again.kill('SIGTERM')
      expect(await again).toMatchObject({ exitCode: 143 })
      return id
    }

    const second = await restart(first.agent.id, () => Promise.resolve())
    await restart(second, async (agentId) => {
      expect(await first.ask('received', { measurement, agentId })).toMatchObject({ accepted: true })
      await expect.poll(() => readdir(join(workFolder, 'site-killed', 'samples'))).toEqual([])
    })
  }))

test('tokens are in no log and no file, and not among the arguments', () =>
  withFolder(async (workFolder) => {
    const secret = 'very-secret-inference-token'
    const agent = spawnAgent('site-secret', workFolder, { INFERENCE_TOKEN: secret })
    const coordinator = new TestCoordinator(fleet.broker, await entryOf(fleet.broker, 'site-secret'))
    const before = fleet.server.seen.length
    const withToken = job()
    withToken.endpoint = { ...withToken.endpoint, tokenEnv: 'INFERENCE_TOKEN' }
    const { measurement } = await measure(coordinator, withToken)
    await coordinator.event(measurement, 'drained')
    await coordinator.ask('release', { measurement })
    await coordinator.event(measurement, 'ended')
    expect(fleet.server.seen[before]!.headers.authorization).toBe(`Bearer ${secret}`)
    expect(await readFile(`/proc/${agent.pid}/cmdline`, 'utf8')).not.toContain(fleet.managed.token)
    const events = JSON.stringify(await coordinator.events(measurement))
    const names = await readdir(workFolder, { recursive: true, withFileTypes: true })
    const files = names.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name))
    expect(files.length).toBeGreaterThan(3)
    const texts = await Promise.all(files.map((file) => readFile(file, 'latin1')))
    agent.kill('SIGTERM')
    const { all } = await agent
    expect(all).toContain('agent site-secret waits for jobs')
    for (const text of [events, all, ...texts]) {
      for (const one of [secret, fleet.managed.token]) expect(text).not.toContain(one)
    }
  }))
