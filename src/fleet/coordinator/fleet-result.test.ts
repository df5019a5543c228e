import { describe, expect, test } from 'vitest'
import type { AgentEvent } from '../message/events.js'
import type { Announcement } from '../message/announcement.js'
import { fleetResult, type Part } from './fleet-result.js'

const start = { startedAt: '2026-11-27T12:00:00.000Z', startedClockUs: 5_000_000 }

function ended(more: Partial<Extract<AgentEvent, { kind: 'ended' }>['result']> = {}): Part['end'] {
  return {
    protocol: 1,
    run: 'run',
    measurement: 'm',
    agent: 'a',
    agentId: 'id',
    kind: 'ended',
    result: {
      startedAt: start.startedAt,
      // 0.1 ms before the agreed start, by what is known of its clock after the load.
      startedClockUs: 5_000_000 - 2500 - 100,
      windowStartUs: 1_000_000,
      windowEndUs: 3_000_000,
      complete: true,
      loadThreads: 1,
      loadCpuShare: 0.25,
      connectionsRetried: 1,
      startSkewUs: 300,
      failures: [],
      ...more,
    },
    observations: { clockStepMs: 0.1 },
    delivery: { bytes: 16, sha256: '0'.repeat(64), chunks: 1, requests: 10, frames: 10, attempt: 0 },
  }
}

function part(name: string, firstClient: number, more: Partial<Part>): Part {
  const agent = { name, id: `${name}-id`, labels: {}, cores: 2 } as Announcement
  const slice = { agent: 0, agents: 2, firstClient, clients: 3 }
  return { agent, slice, state: 'ended', ...more }
}

describe('the result of a fleet', () => {
  test('has the window of all, the sum of what was counted, and each agent', () => {
    const clock = { offsetUs: -2500, errorUs: 120, driftPpm: 3 }
    const result = fleetResult(
      [
        part('eu', 0, { end: ended(), clock, framesScheduled: 10, framesPlanned: 10 }),
        part('us', 3, { end: ended({ loadThreads: 2, connectionsRetried: 2 }) }),
      ],
      start,
    )
    expect(result).toMatchObject({
      ...start,
      windowStartUs: 1_000_000,
      windowEndUs: 3_000_000,
      complete: true,
      loadThreads: 2,
      connectionsRetried: 3,
      failures: [],
    })
    expect(result).not.toHaveProperty('loadCpuShare')
    expect(result.agents).toEqual([
      {
        site: 'eu',
        firstClient: 0,
        clients: 3,
        complete: true,
        startSkewMs: 0.2,
        clockOffsetMs: -2.5,
        clockErrorMs: 0.12,
        clockDriftPpm: 3,
        loadThreads: 1,
        loadCpuShare: 0.25,
        connectionsRetried: 1,
        framesScheduled: 10,
        framesPlanned: 10,
        observations: { clockStepMs: 0.1 },
      },
      {
        site: 'us',
        firstClient: 3,
        clients: 3,
        complete: true,
        startSkewMs: 0.3,
        loadThreads: 2,
        loadCpuShare: 0.25,
        connectionsRetried: 2,
        observations: { clockStepMs: 0.1 },
      },
    ])
  })

  test('is not complete if an agent was lost, and says which one and why', () => {
    const stopped = ended({ complete: false, windowEndUs: 1_800_000 })
    const lost = part('us', 3, { state: 'lost', lost: 'it was started again' })
    const { complete, windowEndUs, agents } = fleetResult([part('eu', 0, { end: stopped }), lost], start)
    expect({ complete, windowEndUs }).toEqual({ complete: false, windowEndUs: 1_800_000 })
    expect(agents!.map((agent) => [agent.site, agent.complete, agent.lost])).toEqual([
      ['eu', false, undefined],
      ['us', false, 'it was started again'],
    ])
  })

  test('of agents that all are lost has an empty window', () => {
    const lost = part('eu', 0, { state: 'lost', lost: 'nothing was heard of it for 3 s' })
    expect(fleetResult([lost], start)).toMatchObject({ windowStartUs: 0, windowEndUs: 0, complete: false })
  })

  test('whose samples did not arrive is not complete', () => {
    const missing = part('eu', 0, { state: 'lost', lost: 'its samples did not arrive', end: ended() })
    expect(fleetResult([missing], start).complete).toBe(false)
  })
})
