import { worseningShare } from '../../gate/gated-metric.js'
import type { OneDecision } from '../../gate/decision/metric-decision.js'
import type { GateResult, PointDecision } from '../../gate/gate-result.js'
import type { PlannedPoint } from '../../scenario/plan/plan.js'
import { formatPoint } from '../format/format.js'
import { formatReason } from '../thresholds-table.js'
import type { ThresholdResult } from '../../analysis/thresholds.js'

/**
 * What `gate --json` prints; described in docs/gate.md. Absent figures are absent, and every number is finite.
 * Percentages say how much worse the candidate is; for errorRate they are percentage points.
 */
export function gateJson(result: GateResult): object {
  const { exitCode, verdict, kind, scenario, baseline, candidate, pairs, notes, startedAt, durationS } =
    result
  return {
    exitCode,
    verdict,
    kind,
    scenario,
    baseline,
    candidate,
    pairs,
    startedAt,
    durationS: durationS === undefined ? undefined : Math.round(durationS),
    notes,
    metrics: result.metrics.map(metricJson),
    thresholds: result.thresholds.map(thresholdJson),
  }
}

function metricJson(decision: PointDecision): object {
  const { metric, point, verdict, pairs, reason, verdictAsMeasured, withoutLateness } = decision
  return {
    metric: metric.name,
    ...pointJson(point),
    verdict,
    verdictAsMeasured,
    unit: metric.unit,
    ...figuresJson(decision),
    pairs,
    reason,
    withoutLateness: withoutLateness && {
      verdict: withoutLateness.verdict,
      ...figuresJson(withoutLateness),
      pairs: withoutLateness.pairs,
    },
  }
}

function figuresJson(decision: Omit<OneDecision, 'verdict'>): object {
  const { metric, baseline, candidate } = decision
  // By which share of the baseline the figure itself is worse: 37.69 fps that become 33.77 fps are worse by 10.4 %.
  const percent = (value: number | undefined) =>
    value === undefined ? undefined : Number((100 * worseningShare(metric, value)).toFixed(3))
  return {
    baseline,
    candidate,
    worseByPercent: percent(decision.estimate),
    worseByLowPercent: percent(decision.low),
    worseByHighPercent: percent(decision.high),
    noisePercent: percent(decision.noise),
    minimumDetectableEffectPercent: percent(decision.minimumDetectableEffect),
    floorPercent: percent(decision.floor),
  }
}

export function thresholdJson(result: ThresholdResult): object {
  const { threshold, point, value, valueWithoutLateness, verdict } = result
  return {
    threshold: threshold.text,
    ...pointJson(point),
    value,
    valueWithoutLateness,
    verdict,
    reason: formatReason(result),
  }
}

function pointJson(point: PlannedPoint | undefined): object {
  return point === undefined ? {} : { point: point.id, pointLabel: formatPoint(point) }
}
