import type { Point } from '../../scenario/plan/plan.js'

/** How long a gate may take. */
export interface GateBudget {
  /** No pair is begun that would end later than this after the start. */
  seconds: number
  /** So many pairs are measured even if they take longer. */
  leastPairs: number
  /** Seconds since the start of the gate. */
  now: () => number
}

/** What pairs have cost so far, and how many more fit. */
export interface GatePace {
  /** Measures how long the start of processes takes. */
  timeStart: (start: () => Promise<number>) => Promise<number>
  /** Measures how long a pair takes. */
  timePair: <T>(measure: () => Promise<T>) => Promise<T>
  /**
   * How many more pairs fit.
   *
   * @param kept pairs that were measured and kept
   * @param ready pairs whose processes run
   */
  fitting: (kept: number, ready: number) => number
  /** Expected seconds of one pair, with the start of its processes; undefined before the first pair. */
  pairS: () => number | undefined
}

/** The most pairs whose windows alone fit into the time: processes of further pairs would start for nothing. */
export function mostPairs(
  { seconds, leastPairs }: Pick<GateBudget, 'seconds' | 'leastPairs'>,
  { passes, durationS }: Pick<Point['measure'], 'passes' | 'durationS'>,
): number {
  if (passes !== undefined) return Number.POSITIVE_INFINITY
  return Math.max(1, leastPairs, Math.ceil(seconds / (2 * durationS)))
}

export function keepPace({ seconds, leastPairs, now }: GateBudget): GatePace {
  /** For one pair, in the latest start. */
  let startS = 0
  const pairsS: number[] = []
  const windowsS = () =>
    pairsS.length === 0 ? undefined : pairsS.reduce((sum, each) => sum + each, 0) / pairsS.length
  return {
    async timeStart(start) {
      const began = now()
      const started = await start()
      startS = (now() - began) / started
      return started
    },
    async timePair(measure) {
      const began = now()
      const measured = await measure()
      pairsS.push(now() - began)
      return measured
    },
    fitting(kept, ready) {
      const eachS = windowsS()
      if (eachS === undefined) return Number.POSITIVE_INFINITY
      const leftS = seconds - now()
      const readyS = Math.min(ready * eachS, leftS)
      const affordable =
        leftS < ready * eachS
          ? Math.floor(leftS / eachS)
          : ready + Math.floor((leftS - readyS) / (eachS + startS))
      return Math.max(affordable, leastPairs - kept, 0)
    },
    pairS() {
      const eachS = windowsS()
      return eachS === undefined ? undefined : eachS + startS
    },
  }
}
