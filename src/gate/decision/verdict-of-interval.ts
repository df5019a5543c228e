import type { MetricVerdict } from './metric-decision.js'

/**
 * FAIL where the worsening reaches the floor and its interval excludes 0; PASS where the interval lies below the
 * floor; INCONCLUSIVE, so far, in between. An improvement (all negative) always passes.
 */
export function verdictOfInterval({
  estimate,
  low,
  high,
  floor,
}: {
  estimate: number
  low: number
  high: number
  floor: number
}): MetricVerdict {
  if (low > 0 && estimate >= floor) return 'FAIL'
  return high < floor ? 'PASS' : 'INCONCLUSIVE'
}
