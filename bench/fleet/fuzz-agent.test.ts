import { expect, test } from 'vitest'
import { smallJob } from '../../src/load/testing/small-job.test.support.js'
import { measure, startTestFleet, withAgent } from '../../src/fleet/testing/agents.test.support.js'
import { fuzzAgent, fuzzParsers } from './fuzz-agent.js'

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
