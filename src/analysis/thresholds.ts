import { metrics } from '../scenario/grammar/metric.js'
import type { Operator, Selector, Threshold } from '../scenario/grammar/threshold.js'
import type { Point } from '../scenario/plan/plan.js'
import { readSetting } from '../scenario/plan/point-settings.js'
import { readPointMetric } from './metrics.js'
import type { PointSummary } from './point-summary.js'

/** One threshold at one point that it applies to. */
export interface ThresholdResult {
  threshold: Threshold
  /** Undefined if no point of the run matches the threshold. It then fails. */
  point?: Point
  /** The measured value; undefined if there were too few samples. The threshold then fails. */
  value?: number
  verdict: 'PASS' | 'FAIL'
  /** Why it fails without a value. */
  reason?: 'no-such-point' | 'needs-camera-load' | 'too-few-samples'
}

/**
 * Evaluates each threshold at each point that it selects. Points where the figure cannot exist (frame latency under
 * closed load) are left out. A threshold fails if there are too few samples, or if no point is left: a threshold is
 * never skipped silently.
 */
export function evaluateThresholds(
  thresholds: readonly Threshold[],
  points: readonly PointSummary[],
): ThresholdResult[] {
  return thresholds.flatMap((threshold) => {
    const { load } = metrics[threshold.metric]
    const selected = points.filter(({ point }) => threshold.selectors.every((one) => selects(one, point)))
    const existing = selected.filter(({ point }) => load === 'any' || point.load.kind === 'cameras')
    if (existing.length > 0) return existing.map((point) => evaluate(threshold, point))
    const reason = selected.length === 0 ? 'no-such-point' : 'needs-camera-load'
    return [{ threshold, verdict: 'FAIL', reason }]
  })
}

function selects({ column, value }: Selector, point: Point): boolean {
  const actual = readSetting(point, column)
  return typeof actual === 'number' ? actual === Number(value) : actual === value
}

function evaluate(threshold: Threshold, summary: PointSummary): ThresholdResult {
  const { point } = summary
  const value = readPointMetric(threshold.metric, summary)?.value
  if (value === undefined) return { threshold, point, verdict: 'FAIL', reason: 'too-few-samples' }
  const holds = comparisons[threshold.operator](value, threshold.limit)
  return { threshold, point, value, verdict: holds ? 'PASS' : 'FAIL' }
}

const comparisons: Record<Operator, (value: number, limit: number) => boolean> = {
  '<': (value, limit) => value < limit,
  '<=': (value, limit) => value <= limit,
  '>': (value, limit) => value > limit,
  '>=': (value, limit) => value >= limit,
}
