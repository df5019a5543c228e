import { worseningShare } from '../../gate/gated-metric.js'
import type { GateResult, PointDecision } from '../../gate/gate-result.js'
import { formatChange, formatMetric, formatPoint } from '../format/format.js'
import { tableOfItems, type ItemColumn, type Table } from '../table/table.js'
import { plural } from '../../system/plural.js'

/**
 * A decision as changes of the figure itself, in percent of the baseline (errorRate: in percentage points): from 37.69
 * to 33.77 fps is a change of −10.4 %, whichever direction is better.
 */
export interface MetricChanges {
  change?: number | undefined
  low?: number | undefined
  high?: number | undefined
  /** The smallest worsening that counts. */
  smallestThatCounts: number
  /** The smallest worsening that these measurements would have detected. */
  smallestDetectable?: number | undefined
}

export function metricChanges(decision: PointDecision): MetricChanges {
  const { metric, estimate, low, high, floor, minimumDetectableEffect } = decision
  const higherIsBetter = metric.better === 'higher'
  const changeOf = (worseBy: number | undefined) =>
    worseBy === undefined ? undefined : (higherIsBetter ? -100 : 100) * worseningShare(metric, worseBy)
  return {
    change: changeOf(estimate),
    low: changeOf(higherIsBetter ? high : low),
    high: changeOf(higherIsBetter ? low : high),
    smallestThatCounts: changeOf(floor)!,
    smallestDetectable: changeOf(minimumDetectableEffect),
  }
}

/** `%`, or `pp` (percentage points) for a difference of shares. */
export function changeUnit({ metric }: Pick<PointDecision, 'metric'>): '%' | 'pp' {
  return metric.compare === 'ratio' ? '%' : 'pp'
}

/** Explains the columns of `metricsTable`. */
export const metricsLegend =
  'Changes are those of the candidate relative to the baseline. A change below the "smallest change that counts" ' +
  'is ignored. A change below the "smallest change detectable" may have been missed.'

/** One row per metric and point; an unknown figure is an empty cell. */
export function metricsTable(decisions: readonly PointDecision[]): Table {
  return tableOfItems('Metrics', columns, decisions)
}

const columns: ItemColumn<PointDecision>[] = [
  { header: 'metric', align: 'left', cell: formatMetricName },
  // Beside the name, where a narrow page does not cut it off.
  {
    header: 'verdict',
    align: 'left',
    cell: ({ verdict }) => ({ text: verdict, look: verdict === 'PASS' ? 'good' : 'bad' }),
  },
  {
    header: 'baseline',
    align: 'right',
    cell: ({ baseline, metric }) => formatMetric(baseline, metric.unit),
  },
  {
    header: 'candidate',
    align: 'right',
    cell: ({ candidate, metric }) => formatMetric(candidate, metric.unit),
  },
  {
    header: 'change',
    align: 'right',
    cell: (decision) => formatChange(metricChanges(decision).change, changeUnit(decision)),
  },
  { header: 'interval', align: 'right', cell: formatChangeInterval },
  {
    header: 'smallest change that counts',
    align: 'right',
    cell: (decision) => formatChange(metricChanges(decision).smallestThatCounts, changeUnit(decision)),
  },
  {
    header: 'smallest change detectable',
    align: 'right',
    cell: (decision) => formatChange(metricChanges(decision).smallestDetectable, changeUnit(decision)),
  },
  { header: 'pairs', align: 'right', cell: ({ pairs }) => String(pairs) },
]

export function formatMetricName({ metric, point }: PointDecision): string {
  return point === undefined ? metric.name : `${metric.name}, ${formatPoint(point)}`
}

/** `−12.1 % to −8.9 %` */
export function formatChangeInterval(decision: PointDecision): string {
  const { low, high } = metricChanges(decision)
  const unit = changeUnit(decision)
  return low === undefined || high === undefined
    ? ''
    : `${formatChange(low, unit)} to ${formatChange(high, unit)}`
}

/** The verdict as one sentence. */
export function gateHeadline({ verdict, metrics, thresholds, notes }: GateResult): string {
  const late = [
    ...metrics.filter((decision) => decision.verdict === 'INVALID').map(formatMetricName),
    ...thresholds
      .filter((each) => each.verdict === 'INVALID')
      .map(({ threshold }) => `threshold "${threshold.text}"`),
  ]
  const worse = metrics
    .filter((decision) => decision.verdict === 'FAIL')
    .map((decision) => {
      const { metric, baseline, candidate } = decision
      const change = formatChange(metricChanges(decision).change, changeUnit(decision))
      return `${formatMetricName(decision)} ${change} (${formatMetric(baseline, metric.unit)} → ${formatMetric(candidate, metric.unit)})`
    })
  const broken = thresholds
    .filter((each) => each.verdict === 'FAIL')
    .map(({ threshold }) => `threshold "${threshold.text}" not met`)
  const open = metrics
    .filter((decision) => decision.verdict === 'INCONCLUSIVE')
    .map(({ metric }) => metric.name)
  const sentences = {
    FAIL: [...worse, ...broken].join('; '),
    PASS: 'no metric became worse by more than the smallest change that counts',
    INCONCLUSIVE: `undecided: ${[...new Set(open)].join(', ')}`,
    INVALID:
      late.length > 0
        ? `the lateness of the load generator decides ${[...new Set(late)].join('; ')}`
        : `the measurements cannot be trusted${notes.length > 0 ? `: ${notes[0]}` : ''}`,
  }
  return `${verdict}: ${sentences[verdict]}`
}

/** `8 pairs in 210 s`, `Saved runs` */
export function formatExtent({ pairs, durationS }: GateResult): string {
  if (pairs === undefined || durationS === undefined) return 'Saved runs'
  return `${plural(pairs, 'pair')} in ${Math.round(durationS)} s`
}

/** Why metrics are undecided, then the notes on the whole gate. */
export function reasonsAndNotes({ metrics, notes }: GateResult): string[] {
  const reasons = metrics
    .filter(({ reason }) => reason !== undefined)
    .map(({ metric, reason }) => `${metric.name}: ${reason}`)
  return [...new Set(reasons), ...notes]
}
