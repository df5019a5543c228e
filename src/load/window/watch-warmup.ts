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

/**
 * Warm-up is over when three sub-windows in a row answered about the same: the largest and the smallest lie within
 * 10 % of their mean (perf_analyzer's stability rule) or within two requests, below which a count cannot tell.
 * Nothing answered is never steady: the server is still loading.
 */
export function isSteady(answeredPerSubWindow: readonly number[]): boolean {
  const last = answeredPerSubWindow.slice(-3)
  if (last.length < 3) return false
  const largest = Math.max(...last)
  const smallest = Math.min(...last)
  if (smallest === 0) return false
  const mean = last.reduce((sum, count) => sum + count, 0) / last.length
  return largest - smallest <= Math.max(0.1 * mean, 2)
}

/** Three of them fit into any warm-up; a second is long enough for a slow model to show its rate. */
export function subWindowMs(warmupMaxMs: number): number {
  return Math.min(1000, warmupMaxMs / 3)
}
