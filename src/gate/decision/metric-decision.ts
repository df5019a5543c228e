import type { GatedMetric } from '../gated-metric.js'
import type { Interval } from './median-interval.js'

export type MetricVerdict = 'FAIL' | 'PASS' | 'INCONCLUSIVE'

/**
 * What the gate found out about one metric. For a ratio metric `estimate`, `low`, `high`, `floor`, `noise` and
 * `minimumDetectableEffect` are log ratios, for errorRate differences of shares; positive is worse. They are absent
 * where no pair carries the metric.
 */
export interface MetricDecision {
  metric: GatedMetric
  verdict: MetricVerdict
  /** Pairs that the verdict rests on. */
  pairs: number
  /** Medians over the repetitions of each side. */
  baseline?: number
  candidate?: number
  /** Bootstrap interval of the candidate's median, 98 %. */
  candidateInterval?: Interval
  estimate?: number
  low?: number
  high?: number
  /** max(stated floor, noise). */
  floor: number
  noise?: number
  minimumDetectableEffect?: number
  /** In words, where the figures alone do not say it. */
  reason?: string
}

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
