import { availableParallelism } from 'node:os'
import type { LoadSettings } from '../../scenario/plan/plan.js'

/** `threads: auto`: begin with one load thread, and start the warm-up anew with more while one of them is too busy. */
export interface AutoThreads {
  /** Never more load threads than this. */
  most: number
  /** A load thread that uses more than this share of a core in the warm-up is too busy. */
  busyShare: number
}

/** Below the limit at which a measurement is INVALID (80 %), so that a load near it gets a second thread in time. */
const busyShare = 0.7

/**
 * The bounds of `threads: auto` for a load on this machine. One core stays free for the pacers and the calling thread,
 * but a machine with two cores may use both: a saturated thread measures nothing. More threads than closed requests in
 * flight or edge devices would have nothing to send.
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

/** The number of threads after a warm-up in which a thread was too busy: twice as many, within the bound. */
export function moreThreads(threads: number, { most }: AutoThreads): number {
  return Math.min(2 * threads, most)
}
