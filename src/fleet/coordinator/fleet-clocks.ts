import { setTimeout as sleep } from 'node:timers/promises'
import { nowUs } from '../../system/now-us.js'
import { chooseStart, clockRelation, roundTripUs, type ClockProbe } from '../clock/clock-relation.js'
import type { Announcement } from '../message/announcement.js'
import type { ClockDuringLoad } from './fleet-result.js'

/** The clocks of the agents against that of this process. */
export interface FleetClocks {
  /** Sends a number of probes to an agent, one after the other. Those without an answer are left out. */
  probe: (agent: Announcement, count?: number) => Promise<void>
  /** Sends some probes to each agent now and then, so that drift between two loads adds little to the error. */
  watch: (agents: readonly Announcement[]) => { stop: () => void }
  /** An instant that all agents hear of in time. @param missed as of `chooseStart` of the clock relation */
  chooseStart: (agents: readonly Announcement[], missed: number) => number
  /** An instant on the clock of an agent; undefined if nothing is known about that. */
  onAgent: (agent: Announcement, us: number) => number | undefined
  duringLoad: (agent: Announcement, fromUs: number, untilUs: number) => ClockDuringLoad | undefined
}

const probesAtOnce = 10
/** At most 200 ppm of it, 0.2 ms, are added to the error between two probes. */
const watchEveryMs = 2000
/** On a busy machine one of several has a short round trip. */
const probesToWatch = 3
/** What was known a quarter of an hour before says little, and may be from before a clock was stepped. */
const knownUs = 900e6
/** The longest load of which the clocks are known throughout. */
const keptUs = 86_400e6

/**
 * @param probeOnce undefined if no answer came in time
 * @param isOneClock whether the agents are processes of this machine: CLOCK_MONOTONIC is the same for all of them
 *   (clock_gettime(2)), so probes only tell how long a message takes
 */
export function openFleetClocks(
  probeOnce: (agent: Announcement) => Promise<ClockProbe | undefined>,
  { isOneClock }: { isOneClock: boolean },
): FleetClocks {
  const probes = new Map<string, ClockProbe[]>()
  const of = ({ id }: Announcement) => probes.get(id) ?? []
  const since = (agent: Announcement, us: number) => of(agent).filter(({ sentUs }) => sentUs > us)
  const latest = (agent: Announcement) => of(agent).slice(-probesAtOnce)

  async function probe(agent: Announcement, count = probesAtOnce): Promise<void> {
    for (let i = 0; i < count; i++) {
      const answered = await probeOnce(agent)
      if (answered === undefined) continue
      const kept = of(agent)
      kept.push(answered)
      while (kept[0]!.sentUs < answered.sentUs - keptUs) kept.shift()
      probes.set(agent.id, kept)
    }
  }

  return {
    probe,
    watch(agents) {
      const stopped = new AbortController()
      const keepProbing = async (agent: Announcement) => {
        while (!stopped.signal.aborted) {
          await sleep(watchEveryMs)
          if (!stopped.signal.aborted) await probe(agent, probesToWatch)
        }
      }
      for (const agent of agents) void keepProbing(agent)
      return { stop: () => stopped.abort() }
    },
    chooseStart: (agents, missed) =>
      chooseStart(
        nowUs(),
        agents.flatMap((agent) => latest(agent).map(roundTripUs)),
        missed,
      ),
    onAgent(agent, us) {
      if (isOneClock) return us
      // A clock that was stepped contradicts its earlier probes.
      const offset =
        clockRelation(since(agent, us - knownUs)).offsetAt(us) ?? clockRelation(latest(agent)).offsetAt(us)
      return offset === undefined ? undefined : us + offset.offsetUs
    },
    duringLoad(agent, fromUs, untilUs) {
      if (isOneClock) return { offsetUs: 0, errorUs: 0 }
      const { offsetDuring, drift } = clockRelation(since(agent, fromUs - knownUs))
      const offset = offsetDuring(fromUs, untilUs)
      return offset === undefined ? undefined : { ...offset, driftPpm: drift?.ppm }
    },
  }
}
