import type { GateResult } from '../../gate/gate-result.js'
import { renderTerminalTable } from '../table/terminal-table.js'
import { thresholdsTable } from '../thresholds-table.js'
import { metricsLegend, metricsTable } from './gate-tables.js'
import { formatExtent, gateHeadline, reasonsAndNotes } from './gate-words.js'

/** What the terminal shows: the verdict, the tables, reasons and notes. Plain text. */
export function gateText(result: GateResult): string {
  const { metrics, thresholds, baseline, candidate } = result
  return [
    gateHeadline(result),
    `baseline ${baseline}, candidate ${candidate}`,
    `${formatExtent(result)}. ${metricsLegend}`,
    renderTerminalTable(metricsTable(metrics)),
    ...(thresholds.length > 0 ? [renderTerminalTable(thresholdsTable(thresholds))] : []),
    ...reasonsAndNotes(result).map((note) => `- ${note}`),
  ].join('\n')
}
