import { Chalk, type ChalkInstance } from 'chalk'
import { failureLines } from './failures-table.js'
import { groupFindings } from './format/findings.js'
import { capitalize } from './format/format.js'
import { answerNotes, videoNotes } from './format/run-facts.js'
import type { RecommendedRun } from '../capacity/recommend/recommended-run.js'
import { formatRecommendation } from './format/recommendation.js'
import { linesToType, serverOf, settingFacts } from './format/settings-to-type.js'
import { formatVerdict, serverBehindHeadline, withoutRepeatedWarning } from './format/verdict.js'
import { confirmingLegend, narrowResultsTable } from './results-table.js'
import { narrowSitesTable, networkLegend, sitesSentences } from './sites-table.js'
import { renderTerminalTable, wrapText } from './table/terminal-table.js'
import { spreadsheetNote, type WrittenRun } from './samples/written-run.js'
import { thresholdsTable } from './thresholds-table.js'

/**
 * The results, the verdict and its caveats, for the end of a run. Tables fit 80 columns, and show the ranges of the
 * repetitions if `columns` leaves room for them; text is wrapped at `columns`.
 */
export function formatTerminalSummary(
  analysis: RecommendedRun & Partial<Pick<WrittenRun, 'files'>>,
  { columns = 80, color = false }: { columns?: number; color?: boolean } = {},
): string {
  const chalk = new Chalk({ level: color ? 1 : 0 })
  const { points, thresholds, verdict, recommendation, files = [] } = analysis
  const shown = withoutRepeatedWarning(analysis)
  const words = formatVerdict(shown)
  const width = Math.max(40, Math.min(columns, 110))
  const wrap = (text: string, hanging = 0, indent = 0) => wrapText(text, { columns: width, hanging, indent })
  const lines = recommendationLines(analysis, { chalk, wrap })
  for (const kind of ['closed', 'cameras'] as const) {
    const table = narrowResultsTable({ analysis, kind }, { wide: columns >= 110 })
    if (table === undefined) continue
    const legend = confirmingLegend({ analysis, kind })
    lines.push(renderTerminalTable(table), ...(legend === undefined ? [] : [chalk.dim(legend)]), '')
  }
  const sites = narrowSitesTable(analysis)
  if (sites !== undefined)
    lines.push(
      renderTerminalTable(sites),
      ...sitesSentences(analysis).map((sentence) => wrap(sentence)),
      ...[networkLegend(analysis)].flatMap((legend) =>
        legend === undefined ? [] : [chalk.dim(wrap(legend))],
      ),
      '',
    )
  if (thresholds.length > 0) lines.push(renderTerminalTable(thresholdsTable(thresholds)), '')
  const failures = failureLines(points, width)
  if (failures.length > 0) lines.push(...failures, '')
  const headline = `${words.headline}${serverBehindHeadline(shown)}`
  lines.push(recommendation === undefined ? chalk.bold(wrap(headline)) : wrap(`Measured: ${headline}`))
  if (words.paragraph.length > 0) lines.push(wrap(words.paragraph.join(' ')))
  for (const caveat of words.caveats)
    lines.push(chalk[verdict.validity === 'VALID' ? 'dim' : 'yellow'](wrap(`- ${caveat}`, 2)))
  for (const { severity, text } of groupFindings(points))
    lines.push(chalk[severity === 'invalid' ? 'yellow' : 'dim'](wrap(text, 2)))
  for (const note of answerNotes(analysis)) lines.push(chalk.dim(wrap(`Answers: ${note}.`, 2)))
  for (const note of videoNotes(analysis)) lines.push(chalk.dim(wrap(`Video: ${note}.`, 2)))
  const cut = spreadsheetNote({ files })
  if (cut !== undefined) lines.push(chalk.dim(wrap(`Files: ${cut}`, 2)))
  return lines.join('\n')
}

/** The setting to use, what speaks for it, and what to type. Lines to type are not wrapped, so that they can be copied. */
function recommendationLines(
  analysis: RecommendedRun,
  {
    chalk,
    wrap,
  }: { chalk: ChalkInstance; wrap: (text: string, hanging?: number, indent?: number) => string },
): string[] {
  const { recommendation } = analysis
  if (recommendation === undefined) return []
  const { headline, sentences, notes, soundCommand } = formatRecommendation(recommendation, analysis)
  const server = serverOf(recommendation, analysis)
  const facts = settingFacts(recommendation, server).map(([name, value]) => `${name}: ${value}`)
  return [
    chalk.bold(wrap(capitalize(headline))),
    wrap(`${capitalize(facts.join(', '))}.`),
    wrap(sentences.join(' ')),
    ...notes.map((note) => chalk.dim(wrap(`- ${note}`, 2))),
    ...(soundCommand === undefined ? [] : [wrap('For a sound recommendation:'), `  ${soundCommand}`]),
    '',
    ...linesToType(recommendation, server).flatMap(({ title, lines, note }) => [
      chalk.bold(title),
      ...lines.map((line) => `  ${line}`),
      ...(note === undefined ? [] : [chalk.dim(wrap(note, 2, 2))]),
    ]),
    '',
  ]
}
