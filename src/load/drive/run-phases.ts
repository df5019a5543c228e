import type { LoadJob } from '../load-job.js'
import { Flag, type LoadControlView, Value, sumOverThreads, threadFlagAt } from '../control/load-control.js'
import { watchWarmup } from '../window/watch-warmup.js'
import type { Driver } from './driver.js'

/** The window begins this long after it was decided, so that every thread knows of it before. */
const announceUs = 50_000
/** What is still open this long after the last send is aborted (never longer than a request's own deadline). */
const maxDrainUs = 2_000_000

type PhaseJob = Pick<LoadJob, 'warmupMaxMs' | 'extent' | 'deadlineMs'>

/** Takes one thread from warm-up to its end; `step` is called now and then and says when all is over. */
export interface PhaseRun {
  step(sinceStartUs: number): 'running' | 'over'
}

export function runPhases(job: PhaseJob, driver: Driver, view: LoadControlView, thread: number): PhaseRun {
  const { values, flags, threads } = view
  const { extent } = job
  const warmup = watchWarmup(job.warmupMaxMs)
  const drainUs = Math.min(job.deadlineMs * 1000, maxDrainUs)
  let stoppedUs: number | undefined

  /** Thread 0 decides for all of them. */
  function openWindow(sinceStartUs: number): void {
    if (thread !== 0 || 'passes' in extent || values[Value.windowStartUs] !== Number.POSITIVE_INFINITY) return
    if (!warmup.observe(sinceStartUs, sumOverThreads(view, 'settled'))) return
    const startUs = sinceStartUs + announceUs
    values[Value.windowEndUs] = startUs + extent.durationMs * 1000
    values[Value.windowStartUs] = startUs
  }

  /** The load goes on until no thread owes the window anything, but not for ever. */
  function tailIsOver(sinceStartUs: number): boolean {
    const endUs = values[Value.windowEndUs]!
    if ('passes' in extent || sinceStartUs < endUs) return false
    if (!driver.owesWindow()) Atomics.store(flags, threadFlagAt('tailDone', thread), 1)
    const tailUs = extent.durationMs * 1000 + 2 * job.deadlineMs * 1000
    if (sinceStartUs > endUs + tailUs) return true
    for (let each = 0; each < threads; each++) {
      if (Atomics.load(flags, threadFlagAt('tailDone', each)) === 0) return false
    }
    return true
  }

  function stop(sinceStartUs: number, flush: boolean): void {
    stoppedUs = sinceStartUs
    // Whoever has nothing to send (no slot, no edge device) must not keep the others waiting.
    Atomics.store(flags, threadFlagAt('tailDone', thread), 1)
    driver.stop(sinceStartUs, flush)
  }

  return {
    step(sinceStartUs) {
      if (stoppedUs === undefined) {
        openWindow(sinceStartUs)
        if (Atomics.load(flags, Flag.stopAsked) === 1) stop(sinceStartUs, false)
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
