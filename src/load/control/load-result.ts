import type { AgentResult } from '../../run/agent-result.js'
import type { Failure } from '../../run/failures.js'
import { Flag, type LoadControlView, Value, sumOverThreads, threadValueAt } from './load-control.js'

export interface LoadResult {
  startedAt: string
  /**
   * The start of the measurement on the monotonic clock (`nowUs`, CLOCK_MONOTONIC): relates client times to the times
   * that a server on the same machine logs.
   */
  startedClockUs: number
  windowStartUs: number
  windowEndUs: number
  /**
   * With an agreed start only: how much later than agreed the last of the load threads began. Negative if the load was
   * stopped before it began.
   */
  startSkewUs?: number | undefined
  /** False if it was stopped before its end. */
  complete: boolean
  /** Number of load threads that the measurement used. */
  loadThreads: number
  /** CPU of all load and pacer threads during the window, as a share of one core; undefined if unknown. */
  loadCpuShare?: number | undefined
  /** Requests of the window that were sent again, because the server had closed the idle connection. */
  connectionsRetried: number
  /** Failed requests of the measured phase by cause, those of most frames first. */
  failures: Failure[]
  /** One for each agent of a fleet; absent if this process sent the load. */
  agents?: readonly AgentResult[] | undefined
}

/** Reads the result from the shared memory after all threads have ended. */
export function loadResult(view: LoadControlView, startedAt: string): Omit<LoadResult, 'failures'> {
  const { values, flags, threads } = view
  let endedUs = 0
  let cpuUs = 0
  for (let thread = 0; thread < threads; thread++) {
    endedUs = Math.max(endedUs, values[threadValueAt('endedUs', thread)]!)
    cpuUs += values[threadValueAt('windowCpuUs', thread)]!
  }
  // If the load was stopped early, or has `passes`, the window ends with the load.
  const windowEndUs = Math.min(values[Value.windowEndUs]!, endedUs)
  const windowStartUs = Math.min(values[Value.windowStartUs]!, windowEndUs)
  const share = cpuUs / (windowEndUs - windowStartUs)
  return {
    startedAt,
    startedClockUs: values[Value.startUs]!,
    windowStartUs,
    windowEndUs,
    complete: Atomics.load(flags, Flag.stopAsked) === 0,
    loadThreads: threads,
    connectionsRetried: sumOverThreads(view, 'retried'),
    loadCpuShare: Number.isFinite(share) ? share : undefined,
  }
}
