import { availableParallelism } from 'node:os'
import type { LoadSettings } from '../../scenario/plan/plan.js'
import { countClients } from '../load-slice.js'

/**
 * `threads: auto`: start with few load threads, and restart the warm-up with more threads while one of them is too busy.
 */
export interface AutoThreads {
  /** Maximum number of load threads. */
  most: number
  /** A load thread is too busy if it uses more than this share of a core in the warm-up. */
  busyShare: number
  /** Number of load threads to start with. Default: 1. */
  atFirst?: number | undefined
}

/**
 * Lower than the limit at which a measurement is INVALID (80 %), so that a load near that limit gets a second thread.
 */
const busyShare = 0.7

/**
 * The bounds of `threads: auto` for a load on this machine. One core stays free for the pacers and the calling thread.
 * A machine with two cores may use both, because a saturated thread gives no valid measurement. Threads beyond the
 * number of clients would have nothing to send.
 *
 * @param clients those that this process sends
 */
export function autoThreads(
  load: LoadSettings,
  framesPerRequest: number,
  cores: number = availableParallelism(),
  clients: number = countClients(load, framesPerRequest),
): AutoThreads {
  const mostOnCores = cores === 1 ? 1 : Math.max(2, cores - 1)
  return { most: Math.max(1, Math.min(mostOnCores, clients)), busyShare }
}

/** The number of threads after a warm-up in which a thread was too busy: twice as many, up to the maximum. */
export function moreThreads(threads: number, { most }: AutoThreads): number {
  return Math.min(2 * threads, most)
}
