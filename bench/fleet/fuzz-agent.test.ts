import { readdir } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { smallJob } from '../../src/load/testing/small-job.test.support.js'
import {
  connectTo,
  measure,
  startTestFleet,
  withAgent,
  withFolder,
} from '../../src/fleet/testing/agents.test.support.js'
import { fuzzAgent, fuzzParsers } from './fuzz-agent.js'
import { fuzzLink } from './fuzz-link.js'

test('an agent answers 2,000 hostile requests, and measures afterwards', async () => {
  const fleet = await startTestFleet()
  try {
    await withAgent(fleet, 'fuzzed', async (coordinator) => {
      const job = smallJob(fleet.server.endpoint, 'not used')
      const result = await fuzzAgent(coordinator, await coordinator.jobFor(job), { count: 2000, seed: 1 })
      expect(result).toMatchObject({ sent: 2000, unanswered: 0 })
      expect(result.refused).toBeGreaterThan(1000)
      const { measurement } = await measure(coordinator, job)
      await coordinator.event(measurement, 'drained')
      await coordinator.ask('release', { measurement })
      expect((await coordinator.event(measurement, 'ended')).result.complete).toBe(true)
    })
  } finally {
    await fleet.close()
  }
})

test('the coordinator reads or refuses 5,000 hostile messages', () => {
  const { read, refused } = fuzzParsers({ count: 5000, seed: 1 })
  expect(read).toBeGreaterThan(100)
  expect(refused).toBeGreaterThan(2000)
})

test('a coordinator hears an honest agent after 3,000 hostile messages', async () => {
  const fleet = await startTestFleet()
  const hostile = await connectTo(fleet.managed)
  try {
    await withFolder(async (folder) => {
      const result = await fuzzLink({ broker: fleet.broker, hostile }, folder, { count: 3000, seed: 1 })
      expect(result.eventsTaken).toBeGreaterThan(10)
      const files = await readdir(folder)
      for (const name of files) expect(name).toMatch(/^(honest|m)\.[\w-]+\.bin$/)
    })
  } finally {
    await hostile.close()
    await fleet.close()
  }
})
