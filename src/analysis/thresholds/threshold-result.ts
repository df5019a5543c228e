import type { Threshold } from '../../scenario/grammar/threshold.js'

/** One threshold at one point that it applies to. */
export interface ThresholdResult {
  threshold: Threshold
  /** Undefined where no point of the run matches the threshold, which fails. */
  point?: number
  pointLabel?: string
  /** What was measured; undefined where there were too few samples, which fails: a limit asked for is never skipped. */
  value?: number
  verdict: 'PASS' | 'FAIL'
  reason?: string
}
