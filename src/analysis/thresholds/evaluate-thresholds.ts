import type { Operator, Selector, SelectorColumn, Threshold } from '../../scenario/grammar/threshold.js'
import type { ThresholdMetricName } from '../../scenario/grammar/threshold-metric.js'
import { existsUnderClosedLoad } from '../../scenario/grammar/threshold-metric.js'
import type { ThresholdResult } from './threshold-result.js'

/** One point of a run as thresholds see it: its figures over all repetitions. */
export interface PointFigures {
  point: number
  /** What the point is, in words. */
  label: string
  load: 'closed' | 'cameras'
  settings: Partial<Record<SelectorColumn, string | number>>
  /** Absent where there are too few samples. */
  values: Partial<Record<ThresholdMetricName, number>>
}

/**
 * Each threshold at each point that it selects. A figure that cannot exist there (frame latency under closed load)
 * takes the point out; a figure that is missing for want of samples fails, and so does a threshold for which no
 * point is left: what was asked for is never skipped silently.
 */
export function evaluateThresholds(
  thresholds: readonly Threshold[],
  points: readonly PointFigures[],
): ThresholdResult[] {
  return thresholds.flatMap((threshold) => {
    const meant = points.filter((point) => threshold.selectors.every((selector) => selects(selector, point)))
    const existing = meant.filter(({ load }) => load === 'cameras' || existsUnderClosedLoad(threshold.metric))
    if (existing.length > 0) return existing.map((point) => evaluate(threshold, point))
    const reason =
      meant.length === 0
        ? 'no point of this run has these settings'
        : `${threshold.metric} needs camera load; the points selected have closed load, where no frame is captured`
    return [{ threshold, verdict: 'FAIL', reason }]
  })
}

function selects({ column, value }: Selector, { settings }: PointFigures): boolean {
  const actual = settings[column]
  if (typeof actual === 'number') return actual === Number(value)
  return actual === value
}

function evaluate(threshold: Threshold, { point, label, values }: PointFigures): ThresholdResult {
  const value = values[threshold.metric]
  const at = { threshold, point, pointLabel: label }
  if (value === undefined) return { ...at, verdict: 'FAIL', reason: 'too few samples to know it' }
  return { ...at, value, verdict: comparisons[threshold.operator](value, threshold.limit) ? 'PASS' : 'FAIL' }
}

const comparisons: Record<Operator, (value: number, limit: number) => boolean> = {
  '<': (value, limit) => value < limit,
  '<=': (value, limit) => value <= limit,
  '>': (value, limit) => value > limit,
  '>=': (value, limit) => value >= limit,
}
