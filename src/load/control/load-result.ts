import { Flag, type LoadControlView, Value, threadValueAt } from './load-control.js'

export interface LoadResult {
  startedAt: string
  /**
   * The measurement's start on the machine's monotonic clock (`nowUs`, CLOCK_MONOTONIC): joins our times to those
   * that a server on the same machine logs.
   */
  startedClockUs: number
  windowStartUs: number
  windowEndUs: number
  /** False where it was stopped from outside. */
  complete: boolean
  /** Load threads that the measurement used. */
  loadThreads: number
  /** CPU of all load and pacer threads during the window, as a share of one core; undefined where unknown. */
  loadCpuShare?: number
}

/** What the threads left in the shared memory when they were through. */
export function loadResult(view: LoadControlView, startedAt: string): LoadResult {
  const { values, flags, threads } = view
  let endedUs = 0
  let cpuUs = 0
  for (let thread = 0; thread < threads; thread++) {
    endedUs = Math.max(endedUs, values[threadValueAt('endedUs', thread)]!)
    cpuUs += values[threadValueAt('windowCpuUs', thread)]!
  }
  // Stopped before its time, or without a time (passes), the window ends with the load.
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
    ...(Number.isFinite(share) ? { loadCpuShare: share } : {}),
  }
}
