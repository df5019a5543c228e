import type { GateResult } from '../../gate/gate-result.js'
import { renderTerminalList, renderTerminalTable, unlimited, wrapText } from '../table/terminal-table.js'
import { thresholdsTable } from '../thresholds-table.js'
import { formatExtent, gateHeadline, metricsLegend, metricsTable, reasonsAndNotes } from './gate-tables.js'

/** What the terminal shows: the verdict, the tables, reasons and notes. Plain text; sentences are wrapped at `columns`. */
export function gateText(result: GateResult, columns = unlimited): string {
  const { metrics, thresholds, baseline, candidate } = result
  return [
    wrapText(gateHeadline(result), { columns }),
    `baseline ${baseline}, candidate ${candidate}`,
    wrapText(`${formatExtent(result)}. ${metricsLegend}`, { columns }),
    renderTerminalTable(metricsTable(metrics)),
    ...(thresholds.length > 0 ? [renderTerminalTable(thresholdsTable(thresholds))] : []),
    ...renderTerminalList(reasonsAndNotes(result), columns),
  ].join('\n')
}
