import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LoadResult } from '../../load/control/load-result.js'
import type { LoadJob } from '../../load/load-job.js'
import { smallJob } from '../../load/testing/small-job.test.support.js'
import { readSamples } from '../../run/read-samples.js'
import { nowUs } from '../../system/now-us.js'
import { UserError } from '../../system/user-error.js'
import type { Announcement } from '../message/announcement.js'
import {
  startTestAgent,
  startTestFleet,
  until,
  withFolder,
  type TestFleet,
} from '../testing/agents.test.support.js'
import { dealToAgents } from './deal-to-agents.js'
import { openFleetClocks, type FleetClocks } from './fleet-clocks.js'
import { openFleetLink } from './fleet-link.js'
import type { Part } from './fleet-result.js'
import type { Member } from './measure-together.js'
import { measureWithAgents, nextAttempt } from './measure-with-agents.js'
import { openSampleReceiver } from './receive-samples.js'

let fleet: TestFleet
beforeAll(async () => {
  fleet = await startTestFleet()
})
afterAll(() => fleet.close())

interface Measured {
  /** The result, or the error. */
  ended: LoadResult | UserError
  requests: number
  statuses: string[]
  /** How many times measuring began anew. */
  restarts: number
  agentsLater: readonly Announcement[]
}

/** Measures with two agents of this process. */
async function measure(settings: {
  run: string
  threads?: (member: number) => LoadJob['threads']
  chooseStart?: (clocks: FleetClocks) => FleetClocks['chooseStart']
}): Promise<Measured> {
  const { run, threads = () => 1, chooseStart = (clocks) => clocks.chooseStart } = settings
  return withFolder(async (folder) => {
    const names = [`${run}-a`, `${run}-b`]
    const agents = names.map((name) =>
      startTestAgent(fleet.managed, { name, workFolder: join(folder, 'work') }),
    )
    await mkdir(join(folder, 'kept'))
    const receiver = openSampleReceiver(join(folder, 'kept'))
    const link = await openFleetLink(fleet.broker, { run, receiver, onUnclaimed: () => undefined })
    const here = () => link.present().filter(({ name }) => names.includes(name))
    const allIdle = () =>
      here().length === names.length && here().every(({ state }) => state === 'idle') ? here() : undefined
    try {
      const present = (await until('the agents', allIdle)).toSorted((a, b) => (a.name < b.name ? -1 : 1))
      const clocks = openFleetClocks(link.probeClock, { isOneClock: true })
      const sampleFile = join(folder, 'merged.bin')
      const job = smallJob(fleet.server.endpoint, sampleFile, { load: { kind: 'closed', framesInFlight: 4 } })
      const members = dealToAgents(job, present, { mayLeaveOut: false }).map((dealt, i): Member => ({
        ...dealt,
        threads: threads(i),
      }))
      const statuses: string[] = []
      let restarts = 0
      const ended = await measureWithAgents(
        { link, clocks: { ...clocks, chooseStart: chooseStart(clocks) } },
        job,
        members,
        {
          signal: new AbortController().signal,
          onStatus: (text) => statuses.push(text),
          onRestart: async () => void restarts++,
        },
      ).catch((error: unknown) => {
        if (error instanceof UserError) return error
        throw error
      })
      const samples = await readSamples(sampleFile).catch(() => undefined)
      const agentsLater = await until('agents that are free again', allIdle, 30_000)
      return { ended, requests: samples?.requests.count ?? 0, statuses, restarts, agentsLater }
    } finally {
      await link.close()
      await Promise.all(agents.map((agent) => agent.stop()))
    }
  })
}

describe('a start that an agent hears of too late', () => {
  test('is agreed anew, further ahead, and the load is measured whole', async () => {
    const missed: number[] = []
    const { ended, requests, statuses, restarts } = await measure({
      run: 'late-once',
      chooseStart: (clocks) => (agents, startsMissed) => {
        missed.push(startsMissed)
        return startsMissed < 2 ? nowUs() - 1 : clocks.chooseStart(agents, startsMissed)
      },
    })
    expect(ended).toMatchObject({ complete: true })
    expect((ended as LoadResult).agents!.map(({ complete, lost }) => [complete, lost])).toEqual([
      [true, undefined],
      [true, undefined],
    ])
    expect(requests).toBeGreaterThan(0)
    expect(missed).toEqual([0, 1, 2])
    expect(restarts).toBe(2)
    expect(statuses).toEqual(
      Array.from({ length: 2 }, () =>
        expect.stringMatching(/^agent late-once-[ab] heard of the start too late; all agents start again$/),
      ),
    )
  })

  test('again and again is an error that names the agent, and leaves every agent free', async () => {
    const { ended, restarts, agentsLater } = await measure({
      run: 'always-late',
      chooseStart: () => () => nowUs() - 1,
    })
    expect(ended).toBeInstanceOf(UserError)
    expect((ended as UserError).message).toMatch(/^agent always-late-[ab] did not hear of the start in time$/)
    expect(ended).toMatchObject({ exitCode: 3, parts: { resumable: true } })
    expect(restarts).toBe(3)
    expect(agentsLater).toHaveLength(2)
  })
})

test('when a load thread of one agent is too busy, all agents start again, that one with more threads', async () => {
  const { ended, requests, statuses, restarts } = await measure({
    run: 'busy',
    // Whatever it does is more than that.
    threads: (member) => (member === 1 ? { most: 2, busyShare: 1e-9 } : 1),
  })
  expect(ended).toMatchObject({ complete: true, loadThreads: 2 })
  expect((ended as LoadResult).agents!.map(({ loadThreads }) => loadThreads)).toEqual([1, 2])
  expect(requests).toBeGreaterThan(0)
  expect(restarts).toBe(1)
  expect(statuses).toEqual(['agent busy-b needs 2 load threads; all agents start again'])
})

describe('what is tried next', () => {
  const member = { threads: { most: 4, busyShare: 0.7 } } as Member
  const settings = { members: [member, member], startsMissed: 1 }
  const ended: Partial<Part> = { state: 'ended' }
  const busy = { state: 'too-busy', end: { kind: 'too-busy', threads: 2 } } as Part
  const next = (...parts: Partial<Part>[]) => nextAttempt(settings, parts as Part[])

  test('nothing, if all agents ended', () => {
    expect(next(ended, ended)).toBeUndefined()
  })

  test('the same with more threads for the agent that was too busy', () => {
    expect(next({ ...ended, isConsequence: true }, busy)).toEqual({
      members: [member, { threads: { most: 4, busyShare: 0.7, atFirst: 2 } }],
      startsMissed: 1,
    })
  })

  test('the same, if an agent missed the start, although it failed when it was stopped', () => {
    const missed: Partial<Part> = { state: 'failed', missedStart: true, isConsequence: true }
    expect(next(ended, missed)).toEqual({ members: [member, member], startsMissed: 2 })
  })

  test('nothing, if an agent was lost or failed, whatever else happened', () => {
    expect(next({ state: 'lost' }, busy)).toBeUndefined()
    expect(next({ state: 'failed' }, busy)).toBeUndefined()
    expect(
      next({ state: 'failed' }, { state: 'failed', missedStart: true, isConsequence: true }),
    ).toBeUndefined()
  })
})
