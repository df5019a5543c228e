import { expect, test } from 'vitest'
import type { AgentResult } from '../run/agent-result.js'
import { measureComplete } from './measure-complete.js'

const lost: AgentResult = {
  site: 'us',
  firstClient: 0,
  clients: 1,
  complete: false,
  lost: 'nothing was heard of it for 3 s',
}

test('a load that lacks an agent is measured again', async () => {
  const results = [{ complete: false, agents: [lost] }, { complete: true }]
  let measured = 0
  expect(await measureComplete(() => Promise.resolve(results[measured++]!))).toEqual({ complete: true })
  expect(measured).toBe(2)
})

test('an agent that is lost each time is an error that says which one, and the run can be resumed', async () => {
  await expect(
    measureComplete(() => Promise.resolve({ complete: false, agents: [lost] })),
  ).rejects.toMatchObject({
    message: 'an agent was lost in each of 3 attempts to measure a load',
    exitCode: 3,
    parts: { received: 'agent us: nothing was heard of it for 3 s', resumable: true },
  })
})
