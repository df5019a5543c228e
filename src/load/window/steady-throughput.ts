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
