import type { ThresholdResult } from '../analysis/thresholds.js'
import { otherDifferences } from '../analysis/point-identity.js'
import { metrics } from '../scenario/grammar/metric.js'
import { formatDistinctPoint, formatMetric } from './format/format.js'
import { tableOfItems, type ItemColumn, type Table } from './table/table.js'

/** The thresholds of a scenario with the measured values, one row per threshold and point. */
export function thresholdsTable(results: readonly ThresholdResult[]): Table {
  const points = new Map(results.flatMap(({ point }) => (point === undefined ? [] : [[point.id, point]])))
  const settingsOf = otherDifferences([...points.values()])
  const pointColumn: ItemColumn<ThresholdResult> = {
    header: 'point',
    align: 'left',
    cell: ({ point }) =>
      point === undefined ? '' : formatDistinctPoint({ point, settings: settingsOf(point) }),
  }
  return tableOfItems('Thresholds', [thresholdColumn, pointColumn, ...resultColumns], results)
}

const thresholdColumn: ItemColumn<ThresholdResult> = {
  header: 'threshold',
  align: 'left',
  cell: ({ threshold }) => threshold.text,
}

const resultColumns: ItemColumn<ThresholdResult>[] = [
  { header: 'measured', align: 'right', cell: formatMeasured },
  {
    header: 'verdict',
    align: 'left',
    cell: ({ verdict }) => ({ text: verdict, look: verdict === 'PASS' ? 'good' : 'bad' }),
  },
]

/** The figure, or the reason why there is none. */
export function formatMeasured(result: ThresholdResult): string {
  const { threshold, value, valueWithoutLateness } = result
  if (value === undefined) return formatReason(result) ?? ''
  const figure = (of: number) => formatMetric(of, metrics[threshold.metric].unit)
  return valueWithoutLateness === undefined
    ? figure(value)
    : `${figure(value)} (${figure(valueWithoutLateness)} without lateness)`
}

/** Why a threshold fails without a value, or why it is INVALID. */
export function formatReason({ threshold, reason }: ThresholdResult): string | undefined {
  switch (reason) {
    case undefined:
      return undefined
    case 'no-such-point':
      return 'no point of this run has these settings'
    case 'needs-camera-load':
      return `${threshold.metric} needs camera load; the selected points have closed load, which captures no frames`
    case 'left-out':
      return 'the point was left out'
    case 'too-few-samples':
      return 'too few samples'
    case 'lateness-decides':
      return 'the lateness of the load generator decides whether it is met; measure with less load on this machine'
  }
}
