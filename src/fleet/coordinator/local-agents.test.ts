import { readdir, readFile } from 'node:fs/promises'
import { setImmediate as nextRound } from 'node:timers/promises'
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

test('an agent that is being started again at the end is ended, too', () =>
  withFolder(async (workFolder) => {
    const { processIds, end } = await startLocalAgents(2, {
      workFolder,
      points: [],
      onStatus: () => undefined,
      signal: new AbortController().signal,
    })
    const before = processIds()
    const agent = before.at(-1)!
    process.kill(agent, 'SIGKILL')
    // From this moment on its next process starts.
    while (processIds().includes(agent)) await nextRound()
    await end()
    expect(processIds().filter(isProcessAlive)).toEqual([])
    expect(await guardsOfThisProcess()).toEqual([])
  }))

/** Each process that is started here is the child of a guard, which is a child of this process. */
async function guardsOfThisProcess(): Promise<string[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(
    ids.map(async (id) => {
      const text = async (file: string) => readFile(`/proc/${id}/${file}`, 'utf8').catch(() => '')
      const [, state, parent] = /^.*\) (\S) (\d+)/s.exec(await text('stat')) ?? []
      const isOurs = Number(parent) === process.pid && state !== 'Z'
      return isOurs && (await text('cmdline')).includes('guard.js') ? [id] : []
    }),
  )
  return found.flat()
}
