import type { RunAnalysis } from '../analysis/run-analysis.js'
import { serverLabel } from '../analysis/run-analysis.js'
import { restsOn } from './format/run-facts.js'
import { resultColumns } from './results-table.js'

/** summary.md: the verdict, its caveats, the results and what they rest on. */
export function summaryMarkdown(analysis: RunAnalysis): string {
  const { words, points, scenario } = analysis
  const lines = [
    `# ${text(scenario.name)}`,
    '',
    `**${text(words.headline)}** (${text(serverLabel(analysis))})`,
    '',
    text(words.paragraph.join(' ')),
    '',
    ...words.caveats.map((caveat) => `- ${text(caveat)}`),
    ...(words.caveats.length > 0 ? [''] : []),
  ]
  for (const [title, some] of [
    ['Closed load', points.filter(({ point }) => point.load.kind === 'closed')],
    ['Camera load', points.filter(({ point }) => point.load.kind === 'cameras')],
  ] as const) {
    if (some.length === 0) continue
    const columns = resultColumns(some)
    lines.push(
      `## ${title}`,
      '',
      row(columns.map(({ name }) => name)),
      row(columns.map(({ numeric }) => (numeric ? '---:' : '---'))),
      ...some.map((point) => row(columns.map(({ cell }) => text(cell(point))))),
      '',
      'FPS and goodput: median and range of the repetitions. Latencies in ms, repetitions pooled.',
      '',
    )
  }
  const findings = points.flatMap(({ point, findings }) =>
    findings.map(
      (finding) =>
        `- point ${point.id}, ${finding.severity === 'invalid' ? '**INVALID**' : 'note'}: ` +
        text([finding.symptom, finding.cause, finding.remedy].filter(Boolean).join(' ')),
    ),
  )
  if (findings.length > 0) lines.push('## Findings', '', ...findings, '')
  lines.push(
    '## What this rests on',
    '',
    ...restsOn(analysis).map(([name, value]) => `- ${name}: ${text(value)}`),
    '',
  )
  return lines.join('\n')
}

function row(cells: string[]): string {
  return `| ${cells.join(' | ')} |`
}

/** Nothing from a run becomes markup: Markdown passes HTML through, and a bar ends a table's cell. */
function text(value: string): string {
  return value
    .replaceAll(/[\\`*_[\]|#]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/\s+/g, ' ')
}
