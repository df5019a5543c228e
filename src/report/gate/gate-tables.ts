import type { PointDecision } from '../../gate/gate-result.js'
import { unitOf } from '../../scenario/grammar/threshold-metric.js'
import type { ThresholdResult } from '../../analysis/thresholds/threshold-result.js'
import { plainTable } from './plain-table.js'

/** A decision as percentages: of the baseline for a ratio metric, percentage points for errorRate. */
export interface MetricPercentages {
  worseBy?: number
  worseByLow?: number
  worseByHigh?: number
  floor: number
  noise?: number
  minimumDetectableEffect?: number
}

export function percentagesOf(decision: PointDecision): MetricPercentages {
  const percent = (value: number) => 100 * (decision.metric.compare === 'ratio' ? Math.expm1(value) : value)
  const known = {
    worseBy: decision.estimate,
    worseByLow: decision.low,
    worseByHigh: decision.high,
    noise: decision.noise,
    minimumDetectableEffect: decision.minimumDetectableEffect,
  }
  return {
    ...Object.fromEntries(
      Object.entries(known).flatMap(([name, value]) => (value === undefined ? [] : [[name, percent(value)]])),
    ),
    floor: percent(decision.floor),
  }
}

/** One row of the table that the terminal and the step summary share; an unknown figure is an empty cell. */
export type MetricRow = Record<(typeof metricRowColumns)[number], string>

export const metricRowColumns = [
  'metric',
  'baseline',
  'candidate',
  'worse by',
  'interval',
  'floor',
  'finds from',
  'pairs',
  'verdict',
] as const

export function metricRow(decision: PointDecision): MetricRow {
  const { metric, pointLabel, pairs, verdict } = decision
  const { worseBy, worseByLow, worseByHigh, floor, minimumDetectableEffect } = percentagesOf(decision)
  const unit = metric.compare === 'ratio' ? '%' : 'pp'
  const value = (figure: number | undefined) => valueInWords(figure, metric.unit)
  const signed = (figure: number | undefined) =>
    figure === undefined ? '' : `${figure > 0 ? '+' : ''}${figure.toFixed(1)} ${unit}`
  return {
    metric: pointLabel === undefined ? metric.name : `${metric.name}, ${pointLabel}`,
    baseline: value(decision.baseline),
    candidate: value(decision.candidate),
    'worse by': signed(worseBy),
    interval: worseByLow === undefined ? '' : `${signed(worseByLow)} to ${signed(worseByHigh)}`,
    floor: `${floor.toFixed(1)} ${unit}`,
    'finds from': signed(minimumDetectableEffect),
    pairs: String(pairs),
    verdict,
  }
}

/** `37.2 fps`, `205 ms`, `0.10 %`. */
function valueInWords(value: number | undefined, unit: 'fps' | 'ms' | 'frames' | 'share'): string {
  if (value === undefined) return ''
  if (unit === 'share') return `${(100 * value).toFixed(2)} %`
  return `${Number(value.toPrecision(4))} ${unit}`
}

export const thresholdRowColumns = ['threshold', 'point', 'measured', 'verdict'] as const

type ThresholdRow = Record<(typeof thresholdRowColumns)[number], string>

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

/** The thresholds of a run for the terminal. */
export function thresholdsText(results: readonly ThresholdResult[]): string {
  return plainTable(thresholdRowColumns, results.map(thresholdRow))
}
