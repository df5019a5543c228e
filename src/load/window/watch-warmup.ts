import { isSteady, subWindowMs } from './steady-throughput.js'

/** The end of a warm-up, decided from what was answered so far; fed now and then, in order of time. */
export interface WarmupWatch {
  /** True once warm-up is over. */
  observe(sinceStartUs: number, answered: number): boolean
}

export function watchWarmup(warmupMaxMs: number): WarmupWatch {
  const subWindowUs = subWindowMs(warmupMaxMs) * 1000
  const counts: number[] = []
  let beganUs = 0
  let answeredBefore = 0
  return {
    observe(sinceStartUs, answered) {
      if (sinceStartUs >= warmupMaxMs * 1000) return true
      const elapsedUs = sinceStartUs - beganUs
      if (elapsedUs < subWindowUs) return false
      // Observed a little late, a sub-window is longer than the others: its count is brought to their length.
      counts.push(((answered - answeredBefore) * subWindowUs) / elapsedUs)
      beganUs = sinceStartUs
      answeredBefore = answered
      return isSteady(counts)
    },
  }
}
