import { setTimeout as sleep } from 'node:timers/promises'
import { nowUs } from '../../system/now-us.js'
import { chooseStart, clockRelation, roundTripUs, type ClockProbe } from '../clock/clock-relation.js'
import type { Announcement } from '../message/announcement.js'
import type { ClockDuringLoad } from './fleet-result.js'

/** The clocks of the agents against that of this process. */
export interface FleetClocks {
  /** Sends a number of probes to an agent, one after the other. Those without an answer are left out. */
  probe: (agent: Announcement, count?: number) => Promise<void>
  /** Sends a probe to each agent now and then, so that drift between two loads adds little to the error. */
  watch: (agents: readonly Announcement[]) => { stop: () => void }
  /** An instant that all agents hear of in time. */
  chooseStart: (agents: readonly Announcement[]) => number
  /** An instant on the clock of an agent; undefined if nothing is known about that. */
  onAgent: (agent: Announcement, us: number) => number | undefined
  duringLoad: (agent: Announcement, fromUs: number, untilUs: number) => ClockDuringLoad | undefined
}

const probesAtOnce = 10
/** At most 200 ppm of it, 0.2 ms, are added to the error between two probes. */
const watchEveryMs = 2000
/** What was known a quarter of an hour ago says nothing about now. */
const keptUs = 900_000_000

/** @param probeOnce undefined if no answer came in time */
export function openFleetClocks(
  probeOnce: (agent: Announcement) => Promise<ClockProbe | undefined>,
): FleetClocks {
  const probes = new Map<string, ClockProbe[]>()
  const of = ({ id }: Announcement) => probes.get(id) ?? []
  const latest = (agent: Announcement) => of(agent).slice(-probesAtOnce)

  async function probe(agent: Announcement, count = probesAtOnce): Promise<void> {
    for (let i = 0; i < count; i++) {
      const answered = await probeOnce(agent)
      if (answered === undefined) continue
      const kept = of(agent).filter(({ sentUs }) => sentUs > answered.sentUs - keptUs)
      probes.set(agent.id, [...kept, answered])
    }
  }

  return {
    probe,
    watch(agents) {
      const stopped = new AbortController()
      const keepProbing = async (agent: Announcement) => {
        while (!stopped.signal.aborted) {
          await sleep(watchEveryMs)
          if (!stopped.signal.aborted) await probe(agent, 1)
        }
      }
      for (const agent of agents) void keepProbing(agent)
      return { stop: () => stopped.abort() }
    },
    chooseStart: (agents) =>
      chooseStart(
        nowUs(),
        agents.flatMap((agent) => latest(agent).map(roundTripUs)),
      ),
    onAgent(agent, us) {
      // A clock that was stepped contradicts its earlier probes.
      const offset = clockRelation(of(agent)).offsetAt(us) ?? clockRelation(latest(agent)).offsetAt(us)
      return offset === undefined ? undefined : us + offset.offsetUs
    },
    duringLoad(agent, fromUs, untilUs) {
      const { offsetAt, largestErrorUs, drift } = clockRelation(of(agent))
      const atStart = offsetAt(fromUs)
      const errorUs = largestErrorUs(fromUs, untilUs)
      if (atStart === undefined || errorUs === undefined) return undefined
      // The offset is that at the start, so what drifts until the end is a part of the error.
      const atEnd = offsetAt(untilUs)!
      return {
        offsetUs: atStart.offsetUs,
        errorUs: errorUs + Math.abs(atEnd.offsetUs - atStart.offsetUs),
        driftPpm: drift?.ppm,
      }
    },
  }
}
