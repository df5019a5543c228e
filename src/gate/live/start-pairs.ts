import { gateDesign } from '../decision/gate-design.js'
import type { Side, StartPairs } from './run-pairs.js'
import type { SideRun } from './side-run.js'

/** Stays free for everything else. */
const reserveBytes = 1e9
/** A process may grow while it is under load. */
const growth = 1.25

/**
 * Starts the processes of the next pairs, several at once: one start alone leaves cores idle, and idle processes cost memory
 * only. So the free memory limits their number.
 *
 * @param pairBytes memory of one process of each side together; undefined if it is unknown
 * @param availableBytes memory that is free at this moment
 */
export function openPairStarter(
  sides: Record<Side, Pick<SideRun, 'start' | 'stopMeasured'>>,
  pairBytes: number | undefined,
  availableBytes: () => number,
): StartPairs {
  return async (wanted) => {
    const most = Math.min(wanted, gateDesign.pairsAtOnce)
    const inMemory = () => Math.min(most, pairsInMemory(pairBytes, availableBytes()))
    if (inMemory() === most) {
      // A server takes seconds to end, and they cost no CPU.
      await forBoth(sides, async (side) => {
        await Promise.all([side.stopMeasured(), side.start(most)])
      })
      return most
    }
    await forBoth(sides, (side) => side.stopMeasured())
    const pairs = Math.max(1, inMemory())
    await forBoth(sides, (side) => side.start(pairs))
    return pairs
  }
}

/** How many pairs of processes the free memory holds: one if the size of a process is unknown. */
export function pairsInMemory(pairBytes: number | undefined, availableBytes: number): number {
  if (pairBytes === undefined) return 1
  if (pairBytes === 0) return Number.POSITIVE_INFINITY
  return Math.floor((availableBytes - reserveBytes) / (growth * pairBytes))
}

/** Works on both sides at once. If one fails, this waits for the other, so that both can be stopped. */
export async function forBoth<S>(sides: Record<Side, S>, work: (side: S) => Promise<void>): Promise<void> {
  const done = await Promise.allSettled([work(sides.baseline), work(sides.candidate)])
  for (const one of done) if (one.status === 'rejected') throw one.reason
}

/** The very first start may install TorchServe. No more of it counts as time of the gate. */
const mostOfFirstStartS = 20

/**
 * Starts the first process of each side.
 *
 * @returns seconds since then
 */
export async function startFirst(sides: Record<Side, SideRun>): Promise<() => number> {
  const began = performance.now()
  await forBoth(sides, (side) => side.start(1))
  const started = performance.now()
  const counted = Math.min(started - began, 1000 * mostOfFirstStartS)
  return () => (performance.now() - started + counted) / 1000
}
