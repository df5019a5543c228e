import type { LoadProgress } from '../../load/control/watch-progress.js'
import type { Part } from './fleet-result.js'
import { isLastState, type LoadState } from './next-step.js'

/** What an agent last told of its part of a load. */
export interface LatestProgress {
  progress: LoadProgress
  heardMs: number
}

/** An agent sends its progress once per second. */
const staleMs = 2000

/**
 * The progress of the whole load, from the latest of each agent: sums, and the highest latency. What an agent that is silent
 * does now is not known, and not counted.
 *
 * @returns undefined before the first
 */
export function sumProgress(latest: readonly LatestProgress[], nowMs: number): LoadProgress | undefined {
  const all = latest.map(({ progress }) => progress)
  const now = latest.flatMap(({ progress, heardMs }) => (nowMs - heardMs < staleMs ? [progress] : []))
  const [first] = all
  if (first === undefined) return undefined
  const sum = (some: readonly LoadProgress[], of: (progress: LoadProgress) => number) =>
    some.reduce((total, one) => total + of(one), 0)
  const latenciesMs = all.flatMap(({ requestLatencyP99Ms: ms }) => (ms === undefined ? [] : [ms]))
  const furthest = all.reduce((a, b) => (b.elapsedMs > a.elapsedMs ? b : a), first)
  return {
    elapsedMs: furthest.elapsedMs,
    phase: furthest.phase,
    framesOk: sum(all, ({ framesOk }) => framesOk),
    framesFailed: sum(all, ({ framesFailed }) => framesFailed),
    requestsInFlight: sum(now, ({ requestsInFlight }) => requestsInFlight),
    fpsNow: sum(now, ({ fpsNow }) => fpsNow),
    ...(latenciesMs.length > 0 && { requestLatencyP99Ms: Math.max(...latenciesMs) }),
  }
}

/** What the coordinator waits for before and after the load, for a person; empty while the load runs. */
export function describeWait(
  parts: readonly { agent: Pick<Part['agent'], 'name'>; state: Part['state'] }[],
  load: LoadState,
): string {
  if (load === 'running') return ''
  const isPreparing = load === 'preparing'
  const isAwaited = (state: Part['state']) => (isPreparing ? state === 'asked' : !isLastState(state))
  const names = parts.flatMap(({ agent, state }) => (isAwaited(state) ? [agent.name] : []))
  if (names.length === 0) return ''
  const agents = `${names.length === 1 ? 'agent' : 'agents'} ${names.join(', ')}`
  return isPreparing ? `waiting until ${agents} can send` : `waiting for the samples of ${agents}`
}
