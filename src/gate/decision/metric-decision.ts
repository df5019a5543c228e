import { decideTwice } from '../../analysis/lateness.js'
import type { GatedMetric } from '../gated-metric.js'
import type { Interval } from './signed-rank-interval.js'

export type MetricVerdict = 'FAIL' | 'PASS' | 'INCONCLUSIVE'

/** What the gate found about one metric, decided twice. */
export interface MetricDecision extends OneDecision<MetricVerdict | 'INVALID'> {
  /** As measured. Set if the metric is INVALID, because the verdict without lateness is another one. */
  verdictAsMeasured?: MetricVerdict | undefined
  /** With each request's own lateness taken away; absent if no request was late. */
  withoutLateness?: OneDecision | undefined
}

/**
 * What the gate found about one metric. `estimate`, `low`, `high`, `floor`, `noise` and `minimumDetectableEffect` are log
 * ratios for a ratio metric and differences of shares for errorRate; positive is worse. They are undefined if no pair has
 * the metric.
 */
export interface OneDecision<Verdict = MetricVerdict> {
  metric: GatedMetric
  verdict: Verdict
  /** Number of pairs behind the verdict. */
  pairs: number
  /** Medians over the repetitions of each side. */
  baseline?: number | undefined
  candidate?: number | undefined
  /** Interval of the candidate's own figures, 98 %. */
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

/**
 * Decides a metric as measured and without lateness. It is INVALID if the two verdicts differ.
 *
 * @param evidence what `decide` decides on; `without` is undefined if no request was late
 */
export function decideMetricTwice<Evidence>(
  evidence: { measured: Evidence; without: Evidence | undefined },
  decide: (evidence: Evidence) => OneDecision,
): MetricDecision {
  const { decision, withoutLateness, latenessDecides } = decideTwice(
    evidence,
    decide,
    ({ verdict }) => verdict,
  )
  if (withoutLateness === undefined || !latenessDecides) return { ...decision, withoutLateness }
  return {
    ...decision,
    verdict: 'INVALID',
    verdictAsMeasured: decision.verdict,
    withoutLateness,
    reason:
      `the lateness of the load generator decides: ${decision.verdict} as measured, ` +
      `${withoutLateness.verdict} without it. Close other programs, or run the servers on another machine.`,
  }
}
