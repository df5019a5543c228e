import type { GateResult } from '../../gate/gate-result.js'
import { gateHeadline, pairsSpent, reasonsAndNotes } from './gate-words.js'
import { metricRow, metricRowColumns, thresholdsText } from './gate-tables.js'
import { plainTable } from './plain-table.js'

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
