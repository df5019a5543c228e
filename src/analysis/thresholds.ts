import { metrics } from '../scenario/grammar/metric.js'
import type { Operator, Selector, Threshold } from '../scenario/grammar/threshold.js'
import type { PlannedPoint } from '../scenario/plan/plan.js'
import { readSetting } from '../scenario/plan/point-settings.js'
import { decideTwice, withoutLateness } from './lateness.js'
import { readPointMetric } from './metrics.js'
import type { PointSummary } from './point-summary.js'

/** One threshold at one point that it applies to. */
export interface ThresholdResult {
  threshold: Threshold
  /** Undefined if no point of the run matches the threshold. It then fails. */
  point?: PlannedPoint
  /** The measured value; undefined if there were too few samples. The threshold then fails. */
  value?: number
  /** Without lateness. Set if the verdict is another one then. */
  valueWithoutLateness?: number
  /** INVALID: the verdict is another one with each request's own lateness taken away. */
  verdict: 'PASS' | 'FAIL' | 'INVALID'
  /** Why it fails without a value, or why it is INVALID. */
  reason?: 'no-such-point' | 'needs-camera-load' | 'left-out' | 'too-few-samples' | 'lateness-decides'
}

/**
 * Evaluates each threshold at each point that it selects. Points where the figure cannot exist (frame latency under
 * closed load) are left out. A threshold fails if there are too few samples, or if no point is left: a threshold is
 * never skipped silently. The decision is taken twice: if lateness decides it, it is INVALID.
 *
 * @param refused points that could not be measured; thresholds that select them fail
 */
export function evaluateThresholds(
  thresholds: readonly Threshold[],
  points: readonly PointSummary[],
  refused: readonly PlannedPoint[] = [],
): ThresholdResult[] {
  return thresholds.flatMap((threshold) => {
    const { load } = metrics[threshold.metric]
    const isSelected = (point: PlannedPoint) => threshold.selectors.every((one) => selects(one, point))
    const mayExist = (point: PlannedPoint) => load === 'any' || point.load.kind === 'cameras'
    const selected = points.filter(({ point }) => isSelected(point))
    const results: ThresholdResult[] = [
      ...selected.filter(({ point }) => mayExist(point)).map((point) => evaluate(threshold, point)),
      ...refused
        .filter((point) => isSelected(point) && mayExist(point))
        .map((point) => ({ threshold, point, verdict: 'FAIL' as const, reason: 'left-out' as const })),
    ]
    if (results.length > 0) return results
    const reason = selected.length === 0 ? 'no-such-point' : 'needs-camera-load'
    return [{ threshold, verdict: 'FAIL', reason }]
  })
}

function selects({ column, value }: Selector, point: PlannedPoint): boolean {
  const actual = readSetting(point, column)
  return typeof actual === 'number' ? actual === Number(value) : actual === value
}

function evaluate(threshold: Threshold, summary: PointSummary): ThresholdResult {
  const {
    decision,
    withoutLateness: other,
    latenessDecides,
  } = decideTwice(
    { measured: summary, without: withoutLateness([summary])?.[0] },
    (figures) => compare(threshold, figures),
    ({ verdict }) => verdict,
  )
  if (!latenessDecides) return decision
  return {
    ...decision,
    ...(other?.value !== undefined && { valueWithoutLateness: other.value }),
    verdict: 'INVALID',
    reason: 'lateness-decides',
  }
}

function compare(threshold: Threshold, summary: PointSummary): ThresholdResult {
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
