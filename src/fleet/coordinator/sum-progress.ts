import type { LoadProgress } from '../../load/control/watch-progress.js'

/** The progress of the whole load, from the latest of each agent: sums, and the highest latency. Undefined before the first. */
export function sumProgress(latest: readonly LoadProgress[]): LoadProgress | undefined {
  const [first] = latest
  if (first === undefined) return undefined
  const sum = (of: (progress: LoadProgress) => number) => latest.reduce((total, one) => total + of(one), 0)
  const latenciesMs = latest.flatMap(({ requestLatencyP99Ms: ms }) => (ms === undefined ? [] : [ms]))
  const furthest = latest.reduce((a, b) => (b.elapsedMs > a.elapsedMs ? b : a), first)
  return {
    elapsedMs: furthest.elapsedMs,
    phase: furthest.phase,
    framesOk: sum(({ framesOk }) => framesOk),
    framesFailed: sum(({ framesFailed }) => framesFailed),
    requestsInFlight: sum(({ requestsInFlight }) => requestsInFlight),
    fpsNow: sum(({ fpsNow }) => fpsNow),
    ...(latenciesMs.length > 0 && { requestLatencyP99Ms: Math.max(...latenciesMs) }),
  }
}
