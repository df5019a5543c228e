import type { RunAnalysis } from '../analysis/analyse-run.js'
import { failuresTable } from './failures-table.js'
import { formatFinding } from './format/findings.js'
import { answerFacts, runFacts } from './format/run-facts.js'
import { formatVerdict, serverBehindHeadline } from './format/verdict.js'
import { resultsTable } from './results-table.js'
import { escapeMarkdown, renderMarkdownTable } from './table/markdown.js'
import { thresholdsTable } from './thresholds-table.js'

/** summary.md: the verdict, its caveats, the results, the failures, the findings and what was measured. */
export function summaryMarkdown(analysis: RunAnalysis): string {
  const { points, scenario, thresholds } = analysis
  const words = formatVerdict(analysis)
  const lines = [
    `# ${escapeMarkdown(scenario.name)}`,
    '',
    `**${escapeMarkdown(words.headline)}**${escapeMarkdown(serverBehindHeadline(analysis))}`,
    '',
    escapeMarkdown(words.paragraph.join(' ')),
    '',
    ...words.caveats.map((caveat) => `- ${escapeMarkdown(caveat)}`),
    ...(words.caveats.length > 0 ? [''] : []),
  ]
  if (thresholds.length > 0)
    lines.push('## Thresholds', '', ...renderMarkdownTable(thresholdsTable(thresholds)), '')
  for (const [title, kind] of [
    ['Closed load', 'closed'],
    ['Camera load', 'cameras'],
  ] as const) {
    const table = resultsTable(title, { analysis, kind })
    if (table === undefined) continue
    lines.push(
      `## ${title}`,
      '',
      ...renderMarkdownTable(table),
      '',
      'FPS and goodput: median and range of the repetitions. Latencies in ms, repetitions pooled.',
      '',
    )
  }
  const failures = failuresTable(points)
  if (failures !== undefined)
    lines.push('## Failures', '', ...renderMarkdownTable(failures.table), '', failures.more, '')
  const findings = points.flatMap(({ point, findings }) =>
    findings.map(
      (finding) =>
        `- point ${point.id}, ${finding.severity === 'invalid' ? '**INVALID**' : 'note'}: ` +
        escapeMarkdown(formatFinding(finding)),
    ),
  )
  if (findings.length > 0) lines.push('## Findings', '', ...findings, '')
  lines.push(
    '## What was measured',
    '',
    ...[...runFacts(analysis), ...answerFacts(analysis)].map(
      ([name, value]) => `- ${name}: ${escapeMarkdown(value)}`,
    ),
    '',
  )
  return lines.join('\n')
}
