import type { LoadJob } from '../load-job.js'
import {
  Flag,
  type LoadControlView,
  Value,
  largestOfThreads,
  sumOverThreads,
  threadFlagAt,
} from '../control/load-control.js'
import type { Driver } from './driver.js'

/** The window starts this long after the decision, so that every thread sees it in time. */
const announceUs = 50_000
/** Requests that are still open this long after the last send are aborted, but no later than at their own deadline. */
const maxDrainUs = 2_000_000

export interface PhaseSettings extends Pick<LoadJob, 'warmupMaxMs' | 'extent' | 'deadlineMs'> {
  /**
   * If a load thread uses more than this share of a core at the end of the warm-up, the load stops before its window
   * and restarts with more threads. Undefined if the number of threads is final.
   */
  busyShare: number | undefined
  /**
   * Whether the load continues after its requests of the window have ended, until `Flag.released` is set. `onDrained` is
   * then called once, in the first thread.
   */
  held: boolean
  onDrained: () => void
}

/** A load that is held ends by itself this long after one that is not. */
const maxHoldUs = 10_000_000

/** Runs the phases of one thread from warm-up to end. `step` is called about every 20 ms and reports the end. */
export interface PhaseRun {
  step(sinceStartUs: number): 'running' | 'over'
}

export function runPhases(
  { warmupMaxMs, extent, deadlineMs, busyShare, held, onDrained }: PhaseSettings,
  driver: Driver,
  view: LoadControlView,
  thread: number,
): PhaseRun {
  const { values, flags, threads } = view
  const warmup = watchWarmup(warmupMaxMs)
  const drainUs = Math.min(deadlineMs * 1000, maxDrainUs)
  let isWarm = values[Value.windowStartUs] === 0
  let isDrained = false
  let stoppedUs: number | undefined

  /** Whether the warm-up is over: at a time that is known before the start, or once throughput is steady. */
  function warmupIsOver(sinceStartUs: number): boolean {
    const knownUs = values[Value.windowStartUs]!
    if (knownUs !== Number.POSITIVE_INFINITY) return sinceStartUs >= knownUs
    return warmup.observe(sinceStartUs, sumOverThreads(view, 'ended'))
  }

  /** Thread 0 decides the phases of all threads. */
  function endWarmup(sinceStartUs: number): void {
    if (isWarm || thread !== 0 || 'passes' in extent || !warmupIsOver(sinceStartUs)) return
    isWarm = true
    if (busyShare !== undefined && largestOfThreads(view, 'warmupCpuShare') > busyShare) {
      Atomics.store(flags, Flag.tooBusy, 1)
      return
    }
    if (values[Value.windowStartUs] !== Number.POSITIVE_INFINITY) return
    const startUs = sinceStartUs + announceUs
    values[Value.windowEndUs] = startUs + extent.durationMs * 1000
    values[Value.windowStartUs] = startUs
  }

  /** The load continues until no request of the window is pending in any thread, up to a limit. */
  function tailIsOver(sinceStartUs: number): boolean {
    const endUs = values[Value.windowEndUs]!
    if ('passes' in extent || sinceStartUs < endUs) return false
    if (!driver.hasPendingOfWindow()) Atomics.store(flags, threadFlagAt('tailDone', thread), 1)
    const tailUs = extent.durationMs * 1000 + 2 * deadlineMs * 1000 + (held ? maxHoldUs : 0)
    if (sinceStartUs > endUs + tailUs) return true
    for (let each = 0; each < threads; each++) {
      if (Atomics.load(flags, threadFlagAt('tailDone', each)) === 0) return false
    }
    if (!held) return true
    if (thread === 0 && !isDrained) onDrained()
    isDrained = true
    return Atomics.load(flags, Flag.released) === 1
  }

  function stop(sinceStartUs: number, flush: boolean): void {
    stoppedUs = sinceStartUs
    // The others must not wait for a thread with nothing to send (no connection, no edge device).
    Atomics.store(flags, threadFlagAt('tailDone', thread), 1)
    driver.stop(sinceStartUs, flush)
  }

  const stopIsAsked = () =>
    [Flag.stopAsked, Flag.tooBusy, Flag.tokenRefused].some((flag) => Atomics.load(flags, flag) === 1)

  return {
    step(sinceStartUs) {
      if (stoppedUs === undefined) {
        endWarmup(sinceStartUs)
        if (stopIsAsked()) stop(sinceStartUs, false)
        else if (tailIsOver(sinceStartUs)) stop(sinceStartUs, true)
        else if (driver.finished()) stop(sinceStartUs, true)
      }
      if (stoppedUs === undefined) return 'running'
      if (driver.openRequests() === 0) return 'over'
      if (sinceStartUs - stoppedUs < drainUs) return 'running'
      driver.abort()
      return 'over'
    },
  }
}

/** Decides the end of the warm-up from the number of requests that have ended. */
export interface WarmupWatch {
  /** Must be called in order of time. Returns true when the warm-up is over. */
  observe(sinceStartUs: number, ended: number): boolean
}

export function watchWarmup(warmupMaxMs: number): WarmupWatch {
  const subWindowUs = subWindowMs(warmupMaxMs) * 1000
  const counts: number[] = []
  let beganUs = 0
  let endedBefore = 0
  return {
    observe(sinceStartUs, ended) {
      if (sinceStartUs >= warmupMaxMs * 1000) return true
      const elapsedUs = sinceStartUs - beganUs
      if (elapsedUs < subWindowUs) return false
      // A sub-window that is observed late is longer than the others: scale its count to their length.
      counts.push(((ended - endedBefore) * subWindowUs) / elapsedUs)
      beganUs = sinceStartUs
      endedBefore = ended
      return isSteady(counts)
    },
  }
}

/**
 * The warm-up is over when three sub-windows in a row have about the same count: the largest and the smallest lie
 * within 10 % of their mean (perf_analyzer's stability rule) or within two requests, because smaller differences are
 * not significant. A sub-window without any request is never steady: the server is still loading.
 */
export function isSteady(endedPerSubWindow: readonly number[]): boolean {
  const last = endedPerSubWindow.slice(-3)
  if (last.length < 3) return false
  const largest = Math.max(...last)
  const smallest = Math.min(...last)
  if (smallest === 0) return false
  const mean = last.reduce((sum, count) => sum + count, 0) / last.length
  return largest - smallest <= Math.max(0.1 * mean, 2)
}

/** Three sub-windows fit into any warm-up. One second is long enough to measure the rate of a slow model. */
export function subWindowMs(warmupMaxMs: number): number {
  return Math.min(1000, warmupMaxMs / 3)
}
