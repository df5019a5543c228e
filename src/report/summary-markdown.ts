import { failuresTable } from './failures-table.js'
import { formatFinding } from './format/findings.js'
import { capitalize } from './format/format.js'
import { answerFacts, runFacts } from './format/run-facts.js'
import type { RecommendedRun } from '../capacity/recommend/recommended-run.js'
import { formatRecommendation } from './format/recommendation.js'
import { linesToType, serverOf, settingFacts } from './format/settings-to-type.js'
import { formatVerdict, serverBehindHeadline, withoutRepeatedWarning } from './format/verdict.js'
import { confirmingLegend, resultsTable } from './results-table.js'
import { networkLegend, sitesSentences, sitesTable } from './sites-table.js'
import { escapeMarkdown, renderMarkdownTable } from './table/markdown.js'
import { thresholdsTable } from './thresholds-table.js'

/** summary.md: the verdict, its caveats, the results, the failures, the findings and what was measured. */
export function summaryMarkdown(analysis: RecommendedRun): string {
  const { points, scenario, thresholds } = analysis
  const shown = withoutRepeatedWarning(analysis)
  const words = formatVerdict(shown)
  const lines = [
    `# ${escapeMarkdown(scenario.name)}`,
    '',
    ...recommendationLines(analysis),
    `${analysis.recommendation === undefined ? '' : 'Measured: '}**${escapeMarkdown(words.headline)}**${escapeMarkdown(serverBehindHeadline(shown))}`,
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
      escapeMarkdown(
        [
          'FPS and goodput: median and range of the repetitions. Latencies in ms, repetitions pooled.',
          confirmingLegend({ analysis, kind }),
        ]
          .filter(Boolean)
          .join(' '),
      ),
      '',
    )
  }
  const sites = sitesTable(analysis)
  if (sites !== undefined)
    lines.push(
      '## Results by site',
      '',
      ...sitesSentences(analysis).map((sentence) => `- ${escapeMarkdown(sentence)}`),
      '',
      ...renderMarkdownTable(sites),
      '',
      escapeMarkdown(['Latencies in ms.', networkLegend(analysis)].filter(Boolean).join(' ')),
      '',
    )
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

/** The setting to use, what speaks for it, and what to type. */
function recommendationLines(analysis: RecommendedRun): string[] {
  const { recommendation } = analysis
  if (recommendation === undefined) return []
  const { headline, sentences, notes, soundCommand } = formatRecommendation(recommendation, analysis)
  const server = serverOf(recommendation, analysis)
  return [
    `**${escapeMarkdown(capitalize(headline))}**`,
    '',
    ...settingFacts(recommendation, server).map(
      ([name, value]) => `- ${escapeMarkdown(`${name}: ${value}`)}`,
    ),
    '',
    escapeMarkdown(sentences.join(' ')),
    '',
    ...notes.map((note) => `- ${escapeMarkdown(note)}`),
    ...(notes.length > 0 ? [''] : []),
    ...(soundCommand === undefined ? [] : ['For a sound recommendation:', '', ...codeBlock([soundCommand])]),
    ...linesToType(recommendation, server).flatMap(({ title, lines, note }) => [
      `${escapeMarkdown(title)}:`,
      '',
      ...codeBlock(lines),
      ...(note === undefined ? [] : [escapeMarkdown(note), '']),
    ]),
  ]
}

function codeBlock(lines: readonly string[]): string[] {
  return ['```', ...lines, '```', '']
}
