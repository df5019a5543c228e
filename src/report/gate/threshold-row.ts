import { unitOf } from '../../scenario/grammar/threshold-metric.js'
import type { ThresholdResult } from '../../analysis/thresholds/threshold-result.js'
import { valueInWords } from './metric-row.js'

export const thresholdRowColumns = ['threshold', 'point', 'measured', 'verdict'] as const

export type ThresholdRow = Record<(typeof thresholdRowColumns)[number], string>

export function thresholdRow({
  threshold,
  pointLabel,
  value,
  verdict,
  reason,
}: ThresholdResult): ThresholdRow {
  return {
    threshold: threshold.text,
    point: pointLabel ?? '',
    measured: value === undefined ? (reason ?? '') : valueInWords(value, unitOf(threshold.metric)),
    verdict,
  }
}
