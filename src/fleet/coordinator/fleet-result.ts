import type { LoadResult } from '../../load/control/load-result.js'
import type { LoadSlice } from '../../load/load-slice.js'
import type { AgentResult } from '../../run/agent-result.js'
import { mergeFailures } from '../../run/failures.js'
import type { AgentEvent } from '../message/events.js'
import type { Announcement } from '../message/announcement.js'
import type { AgentState } from './next-step.js'

/** The clock of an agent against that of the coordinator, during one load. */
export interface ClockDuringLoad {
  offsetUs: number
  /** The true offset differs by no more, at any time of the load. */
  errorUs: number
  driftPpm?: number | undefined
}

/** One agent and its part of a measurement. */
export interface Part {
  agent: Announcement
  slice: LoadSlice
  state: AgentState
  /** Why it is lost, for a person. */
  lost?: string | undefined
  /** Why the agent did not take the load, if it did not. */
  refused?: string | undefined
  /** It heard of the start when that had passed. */
  missedStart?: boolean | undefined
  /** It ended because the others were stopped. */
  isConsequence?: boolean | undefined
  /** Its samples, on this machine. */
  sampleFile?: string | undefined
  /** Its last words. */
  end?: Extract<AgentEvent, { kind: 'ended' | 'failed' | 'too-busy' }> | undefined
  clock?: ClockDuringLoad | undefined
  /** Frames of the measured phase among its samples. */
  framesScheduled?: number | undefined
  framesPlanned?: number | undefined
}

/**
 * The result of a load from the results of its parts. It is complete only if every part is. Each agent has its own CPU, so
 * there is no share of all of them.
 */
export function fleetResult(
  parts: readonly Part[],
  start: Pick<LoadResult, 'startedAt' | 'startedClockUs'>,
): LoadResult {
  const results = parts.flatMap(({ end }) => (end?.kind === 'ended' ? [end.result] : []))
  const largest = (of: (result: (typeof results)[number]) => number, least: number) =>
    Math.max(least, ...results.map(of))
  return {
    ...start,
    windowStartUs: largest(({ windowStartUs }) => windowStartUs, 0),
    windowEndUs: largest(({ windowEndUs }) => windowEndUs, 0),
    complete: parts.every(isComplete),
    loadThreads: largest(({ loadThreads }) => loadThreads, 1),
    connectionsRetried: results.reduce((sum, { connectionsRetried }) => sum + connectionsRetried, 0),
    failures: mergeFailures(results.flatMap(({ failures }) => failures)),
    agents: parts.map((part) => agentResult(part, start)),
  }
}

function isComplete({ end, lost }: Part): boolean {
  return end?.kind === 'ended' && end.result.complete && lost === undefined
}

function agentResult(part: Part, start: Pick<LoadResult, 'startedClockUs'>): AgentResult {
  const { agent, slice, lost, end, clock, framesScheduled, framesPlanned } = part
  const ended = end?.kind === 'ended' ? end : undefined
  const { loadThreads, loadCpuShare, connectionsRetried } = ended?.result ?? {}
  return {
    site: agent.name,
    labels: Object.keys(agent.labels).length === 0 ? undefined : agent.labels,
    firstClient: slice.firstClient,
    clients: slice.clients,
    complete: isComplete(part),
    lost,
    startSkewMs: startSkewMs(part, start),
    clockOffsetMs: clock === undefined ? undefined : clock.offsetUs / 1000,
    clockErrorMs: clock === undefined ? undefined : clock.errorUs / 1000,
    clockDriftPpm: clock?.driftPpm,
    loadThreads,
    loadCpuShare,
    connectionsRetried,
    framesScheduled,
    framesPlanned,
    observations: ended?.observations,
  }
}

/** When the agent began, less the agreed start. After the load its clock is known better than when the start was agreed. */
function startSkewMs(
  { end, clock }: Part,
  { startedClockUs }: Pick<LoadResult, 'startedClockUs'>,
): number | undefined {
  const result = end?.kind === 'ended' ? end.result : undefined
  if (result?.startSkewUs === undefined) return undefined
  if (clock === undefined) return result.startSkewUs / 1000
  return (result.startedClockUs + result.startSkewUs - clock.offsetUs - startedClockUs) / 1000
}
