import type { GateResult } from '../../gate/gate-result.js'
import { gateHeadline } from './gate-headline.js'
import { metricRow, metricRowColumns } from './metric-row.js'
import { plainTable } from './plain-table.js'
import { pairsSpent } from './pairs-spent.js'
import { reasonsAndNotes } from './reasons-and-notes.js'
import { thresholdsText } from './thresholds-text.js'

/** What the terminal shows: the verdict, the tables, what has to be known. Plain text. */
export function gateText(result: GateResult): string {
  const { metrics, thresholds, baseline, candidate } = result
  return [
    gateHeadline(result),
    `baseline ${baseline}, candidate ${candidate}`,
    `${pairsSpent(result) ?? 'saved runs'}; positive is worse`,
    plainTable(metricRowColumns, metrics.map(metricRow)),
    ...(thresholds.length > 0 ? [thresholdsText(thresholds)] : []),
    ...reasonsAndNotes(result).map((note) => `- ${note}`),
  ].join('\n')
}
