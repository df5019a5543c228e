import type { ThresholdResult } from '../analysis/thresholds/threshold-result.js'
import { unitOf } from '../scenario/grammar/threshold-metric.js'
import { formatMetric } from './format/numbers.js'
import { type ItemColumn, type Table, tableOfItems } from './table/table.js'

/** The thresholds of a scenario against what was measured, one row per threshold and point. */
export function thresholdsTable(results: readonly ThresholdResult[]): Table {
  return tableOfItems('Thresholds', columns, results)
}

const columns: ItemColumn<ThresholdResult>[] = [
  { header: 'threshold', align: 'left', cell: ({ threshold }) => threshold.text },
  { header: 'point', align: 'left', cell: ({ pointLabel }) => pointLabel ?? '' },
  { header: 'measured', align: 'right', cell: formatMeasured },
  {
    header: 'verdict',
    align: 'left',
    cell: ({ verdict }) => ({ text: verdict, look: verdict === 'PASS' ? 'good' : 'bad' }),
  },
]

/** The figure, or the reason why there is none. */
export function formatMeasured({ threshold, value, reason }: ThresholdResult): string {
  return value === undefined ? (reason ?? '') : formatMetric(value, unitOf(threshold.metric))
}
