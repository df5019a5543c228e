import { appendFile } from 'node:fs/promises'
import type { GateResult } from '../../gate/gate-result.js'
import { escapeMarkdown, renderMarkdownTable } from '../table/markdown.js'
import { thresholdsTable } from '../thresholds-table.js'
import { formatExtent, gateHeadline, metricsLegend, metricsTable, reasonsAndNotes } from './gate-tables.js'

const symbols = { PASS: '✅', FAIL: '❌', INCONCLUSIVE: '❔', INVALID: '⚠️' }

/** GitHub-flavoured Markdown; every text that came from outside is escaped. */
export function gateMarkdown(result: GateResult): string {
  const { verdict, scenario, baseline, candidate, metrics, thresholds } = result
  return [
    `## ${symbols[verdict]} Regression gate: ${verdict} (scenario ${escapeMarkdown(scenario)})`,
    '',
    escapeMarkdown(gateHeadline(result)),
    '',
    `Baseline ${escapeMarkdown(baseline)}, candidate ${escapeMarkdown(candidate)}. ${formatExtent(result)}.`,
    '',
    ...renderMarkdownTable(metricsTable(metrics)),
    ...(thresholds.length > 0 ? ['', ...renderMarkdownTable(thresholdsTable(thresholds))] : []),
    '',
    metricsLegend,
    '',
    ...reasonsAndNotes(result).map((note) => `- ${escapeMarkdown(note)}`),
    '',
  ].join('\n')
}

/** Appends to the job's summary page if GitHub Actions names one; `env` is the process's environment. */
export async function appendStepSummary(
  markdown: string,
  env: Record<string, string | undefined>,
): Promise<void> {
  const file = env['GITHUB_STEP_SUMMARY']
  if (file !== undefined && file !== '') await appendFile(file, `${markdown}\n`)
}
