import { expect, test } from 'vitest'
import { isProcessAlive } from '../../system/processes/hold-lock.js'
import { withFolder } from '../testing/agents.test.support.js'
import { startLocalAgents } from './local-agents.js'

test('the processes of local agents are known while they run, and are gone afterwards', () =>
  withFolder(async (workFolder) => {
    const said: string[] = []
    const { processIds, names, end } = await startLocalAgents(2, {
      workFolder,
      points: [],
      onStatus: (text) => said.push(text),
      signal: new AbortController().signal,
    })
    // A broker and two agents.
    const ids = processIds()
    expect(ids.filter(isProcessAlive)).toHaveLength(3)
    expect(names).toEqual(['local-1', 'local-2'])
    await end()
    expect(ids.filter(isProcessAlive)).toEqual([])
    expect(said).toEqual(['starting a broker and 2 agents'])
  }))
