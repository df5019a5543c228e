import type { GatedMetric } from '../gated-metric.js'
import type { Interval } from './median-interval.js'

export type MetricVerdict = 'FAIL' | 'PASS' | 'INCONCLUSIVE'

/**
 * What the gate found about one metric. `estimate`, `low`, `high`, `floor`, `noise` and `minimumDetectableEffect` are log
 * ratios for a ratio metric and differences of shares for errorRate; positive is worse. They are undefined if no pair has
 * the metric.
 */
export interface MetricDecision {
  metric: GatedMetric
  verdict: MetricVerdict
  /** Number of pairs behind the verdict. */
  pairs: number
  /** Medians over the repetitions of each side. */
  baseline?: number | undefined
  candidate?: number | undefined
  /** Bootstrap interval of the candidate's median, 98 %. */
  candidateInterval?: Interval | undefined
  estimate?: number | undefined
  low?: number | undefined
  high?: number | undefined
  /** max(stated floor, noise). */
  floor: number
  noise?: number | undefined
  minimumDetectableEffect?: number | undefined
  /** Why the metric is undecided, as text. */
  reason?: string | undefined
}

/**
 * FAIL if the worsening reaches the floor and its interval excludes 0; PASS if the interval lies below the floor and below
 * `passBelow`; INCONCLUSIVE in between. An improvement (all negative) always passes.
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
  /** The largest change that a PASS may leave open, if noise has raised the floor above it. */
  passBelow?: number | undefined
}): MetricVerdict {
  if (low > 0 && estimate >= floor) return 'FAIL'
  return high < Math.min(floor, passBelow) ? 'PASS' : 'INCONCLUSIVE'
}
