import { Chalk } from 'chalk'
import type { RunAnalysis } from '../analysis/analyse-run.js'
import { failureLines } from './failures-table.js'
import { groupFindings } from './format/findings.js'
import { answerNotes, videoNotes } from './format/run-facts.js'
import { formatVerdict, serverBehindHeadline } from './format/verdict.js'
import { narrowResultsTable } from './results-table.js'
import { renderTerminalTable, wrapText } from './table/terminal-table.js'
import { thresholdsTable } from './thresholds-table.js'

/**
 * The results, the verdict and its caveats, for the end of a run. Tables fit 80 columns, and show the ranges of the
 * repetitions if `columns` leaves room for them; text is wrapped at `columns`.
 */
export function formatTerminalSummary(
  analysis: RunAnalysis,
  { columns = 80, color = false }: { columns?: number; color?: boolean } = {},
): string {
  const chalk = new Chalk({ level: color ? 1 : 0 })
  const { points, thresholds, verdict } = analysis
  const words = formatVerdict(analysis)
  const width = Math.max(40, Math.min(columns, 110))
  const wrap = (text: string, hanging = 0) => wrapText(text, { columns: width, hanging })
  const lines: string[] = []
  for (const kind of ['closed', 'cameras'] as const) {
    const table = narrowResultsTable({ analysis, kind }, { wide: columns >= 110 })
    if (table !== undefined) lines.push(renderTerminalTable(table), '')
  }
  if (thresholds.length > 0) lines.push(renderTerminalTable(thresholdsTable(thresholds)), '')
  const failures = failureLines(points, width)
  if (failures.length > 0) lines.push(...failures, '')
  lines.push(chalk.bold(wrap(`${words.headline}${serverBehindHeadline(analysis)}`)))
  if (words.paragraph.length > 0) lines.push(wrap(words.paragraph.join(' ')))
  for (const caveat of words.caveats)
    lines.push(chalk[verdict.validity === 'VALID' ? 'dim' : 'yellow'](wrap(`- ${caveat}`, 2)))
  for (const { severity, text } of groupFindings(points))
    lines.push(chalk[severity === 'invalid' ? 'yellow' : 'dim'](wrap(text, 2)))
  for (const note of answerNotes(analysis)) lines.push(chalk.dim(wrap(`Answers: ${note}.`, 2)))
  for (const note of videoNotes(analysis)) lines.push(chalk.dim(wrap(`Video: ${note}.`, 2)))
  return lines.join('\n')
}
