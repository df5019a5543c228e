import type { GateResult, PointDecision } from '../../gate/gate-result.js'
import type { ThresholdResult } from '../../analysis/thresholds/threshold-result.js'
import { percentagesOf } from './gate-tables.js'

/**
 * What `gate --json` prints; described in docs/gate.md. Absent figures are absent, and every number is finite:
 * percentages of the baseline, for errorRate percentage points.
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
    ...(pairs !== undefined && { pairs }),
    startedAt,
    ...(durationS !== undefined && { durationS: Math.round(durationS) }),
    notes,
    metrics: result.metrics.map(metricJson),
    thresholds: result.thresholds.map(thresholdJson),
  }
}

function metricJson(decision: PointDecision): object {
  const { metric, point, pointLabel, verdict, baseline, candidate, pairs, reason } = decision
  const percentages = Object.entries(percentagesOf(decision)).map(
    ([name, value]: [string, number]) => [`${name}Percent`, Number(value.toFixed(3))] as const,
  )
  return {
    metric: metric.name,
    ...(point !== undefined && { point, pointLabel }),
    verdict,
    unit: metric.unit,
    ...(baseline !== undefined && { baseline }),
    ...(candidate !== undefined && { candidate }),
    ...Object.fromEntries(percentages),
    pairs,
    ...(reason !== undefined && { reason }),
  }
}

function thresholdJson({ threshold, point, pointLabel, value, verdict, reason }: ThresholdResult): object {
  return {
    threshold: threshold.text,
    ...(point !== undefined && { point, pointLabel }),
    ...(value !== undefined && { value }),
    verdict,
    ...(reason !== undefined && { reason }),
  }
}
