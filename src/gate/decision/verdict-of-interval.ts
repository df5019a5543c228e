import type { MetricVerdict } from './metric-decision.js'

/**
 * FAIL where the worsening reaches the floor and its interval excludes 0; PASS where the interval lies below the
 * floor, and below the largest change that a PASS may leave open; INCONCLUSIVE, so far, in between. An improvement
 * (all negative) always passes.
 */
export function verdictOfInterval({
  estimate,
  low,
  high,
  floor,
  passBelow = floor,
}: {
  estimate: number
  low: number
  high: number
  floor: number
  /** Where it is smaller than the floor, which noise has raised. */
  passBelow?: number
}): MetricVerdict {
  if (low > 0 && estimate >= floor) return 'FAIL'
  return high < Math.min(floor, passBelow) ? 'PASS' : 'INCONCLUSIVE'
}
