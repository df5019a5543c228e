import Table from 'cli-table3'
import type { GateResult } from '../gate-result.js'
import { gateHeadline } from './gate-headline.js'
import { metricRow, metricRowColumns } from './metric-row.js'
import { thresholdRow, thresholdRowColumns } from './threshold-row.js'

/** What the terminal shows: the verdict, the tables, what has to be known. Plain text. */
export function gateText(result: GateResult): string {
  const { metrics, thresholds, notes, pairs, durationS, baseline, candidate } = result
  const reasons = metrics
    .filter(({ reason }) => reason !== undefined)
    .map(({ metric, reason }) => `${metric.name}: ${reason}`)
  const spent = pairs === undefined ? [] : [`${pairs} pairs in ${Math.round(durationS)} s; positive is worse`]
  return [
    gateHeadline(result),
    `baseline ${baseline}, candidate ${candidate}`,
    ...spent,
    table(metricRowColumns, metrics.map(metricRow)),
    ...(thresholds.length > 0 ? [table(thresholdRowColumns, thresholds.map(thresholdRow))] : []),
    ...[...reasons, ...notes].map((note) => `- ${note}`),
  ].join('\n')
}

function table<Column extends string>(columns: readonly Column[], rows: Record<Column, string>[]): string {
  const empty = Object.fromEntries(borders.map((name) => [name, '']))
  const lines = new Table({
    head: [...columns],
    chars: { ...empty, middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  })
  lines.push(...rows.map((row) => columns.map((column) => row[column])))
  return lines.toString()
}

const borders =
  'top top-mid top-left top-right bottom bottom-mid bottom-left bottom-right left left-mid mid mid-mid right right-mid'.split(
    ' ',
  )
