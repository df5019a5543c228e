import { expect, test } from 'vitest'
import { answerFrames, startScriptedServer } from '../../src/load/testing/scripted-server.test.support.js'
import { smallJob } from '../../src/load/testing/small-job.test.support.js'
import {
  TestCoordinator,
  connectTo,
  entryOf,
  measure,
  startTestAgent,
  startTestBroker,
  withFolder,
} from '../../src/fleet/testing/agents.test.support.js'
import { fuzzAgent, fuzzParsers } from './fuzz-agent.js'

test('an agent answers 2,000 hostile requests, and measures afterwards', () =>
  withFolder(async (workFolder) => {
    const server = await startScriptedServer(answerFrames)
    const managed = await startTestBroker()
    const broker = await connectTo(managed)
    const agent = startTestAgent(managed, { workFolder })
    try {
      const coordinator = new TestCoordinator(broker, await entryOf(broker, agent.name))
      const job = smallJob(server.endpoint, 'not used')
      const result = await fuzzAgent(coordinator, await coordinator.jobFor(job), { count: 2000, seed: 1 })
      expect(result).toMatchObject({ sent: 2000, unanswered: 0 })
      expect(result.refused).toBeGreaterThan(1000)
      const { measurement } = await measure(coordinator, job)
      await coordinator.event(measurement, 'drained')
      await coordinator.ask('release', { measurement })
      expect((await coordinator.event(measurement, 'ended')).result.complete).toBe(true)
    } finally {
      await agent.stop()
      await broker.close()
      await managed.end()
      await server.close()
    }
  }))

test('the coordinator reads or refuses 5,000 hostile messages', () => {
  const { read, refused } = fuzzParsers({ count: 5000, seed: 1 })
  expect(read).toBeGreaterThan(100)
  expect(refused).toBeGreaterThan(2000)
})
