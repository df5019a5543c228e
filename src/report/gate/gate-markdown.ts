import { appendFile } from 'node:fs/promises'
import type { GateResult } from '../../gate/gate-result.js'
import { gateHeadline, pairsSpent, reasonsAndNotes } from './gate-words.js'
import { metricRow, metricRowColumns, thresholdRow, thresholdRowColumns } from './gate-tables.js'

const symbols = { PASS: '✅', FAIL: '❌', INCONCLUSIVE: '❔', INVALID: '⚠️' }

/** GitHub-flavoured Markdown; every text that came from outside is escaped. */
export function gateMarkdown(result: GateResult): string {
  const { verdict, scenario, baseline, candidate, metrics, thresholds } = result
  const spent = pairsSpent(result) ?? 'saved runs'
  return [
    `## ${symbols[verdict]} Regression gate ${escaped(scenario)}: ${verdict}`,
    '',
    escaped(gateHeadline(result)),
    '',
    `Baseline ${escaped(baseline)}, candidate ${escaped(candidate)}; ${spent}. Positive is worse.`,
    '',
    ...table(metricRowColumns, metrics.map(metricRow)),
    ...(thresholds.length > 0 ? ['', ...table(thresholdRowColumns, thresholds.map(thresholdRow))] : []),
    '',
    ...reasonsAndNotes(result).map((note) => `- ${escaped(note)}`),
    '',
  ].join('\n')
}

/** Appends to the job's summary page where GitHub Actions asks for one; `env` is the process's environment. */
export async function appendStepSummary(
  markdown: string,
  env: Record<string, string | undefined>,
): Promise<void> {
  const file = env['GITHUB_STEP_SUMMARY']
  if (file !== undefined && file !== '') await appendFile(file, `${markdown}\n`)
}

function table<Column extends string>(columns: readonly Column[], rows: Record<Column, string>[]): string[] {
  return [
    line(columns),
    line(columns.map(() => '---')),
    ...rows.map((row) => line(columns.map((column) => escaped(row[column])))),
  ]
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

/** No HTML, no table breaks, no links or emphasis out of a scenario's name. */
function escaped(text: string): string {
  return text
    .replaceAll(/[\r\n]+/g, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[\\`*_[\]|]/g, String.raw`\$&`)
}
