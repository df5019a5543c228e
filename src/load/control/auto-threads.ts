import { availableParallelism } from 'node:os'
import type { LoadSettings } from '../../scenario/plan/plan.js'

/**
 * `threads: auto`: start with one load thread, and restart the warm-up with more threads while one of them is too busy.
 */
export interface AutoThreads {
  /** Maximum number of load threads. */
  most: number
  /** A load thread is too busy if it uses more than this share of a core in the warm-up. */
  busyShare: number
}

/**
 * Lower than the limit at which a measurement is INVALID (80 %), so that a load near that limit gets a second thread.
 */
const busyShare = 0.7

/**
 * The bounds of `threads: auto` for a load on this machine. One core stays free for the pacers and the calling thread.
 * A machine with two cores may use both, because a saturated thread gives no valid measurement. Threads beyond the
 * number of closed requests in flight, or of edge devices, would have nothing to send.
 */
export function autoThreads(
  load: LoadSettings,
  framesPerRequest: number,
  cores: number = availableParallelism(),
): AutoThreads {
  const stripes =
    load.kind === 'closed'
      ? Math.floor(load.framesInFlight / framesPerRequest)
      : Math.ceil(load.cameras / load.camerasPerClient)
  const mostOnCores = cores === 1 ? 1 : Math.max(2, cores - 1)
  return { most: Math.max(1, Math.min(mostOnCores, stripes)), busyShare }
}

/** The number of threads after a warm-up in which a thread was too busy: twice as many, up to the maximum. */
export function moreThreads(threads: number, { most }: AutoThreads): number {
  return Math.min(2 * threads, most)
}
