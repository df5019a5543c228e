import type { BenchRow } from './bench-row.js'
import { verdictOf } from './results-table.js'

const cell = (text: string) => text.replaceAll('|', '\\|')

/** bench/RESULTS.md: never written by hand. */
export function resultsMarkdown(
  rows: readonly BenchRow[],
  hotPath: readonly { name: string; ns: number }[],
  facts: readonly string[],
  quick: boolean,
): string {
  const command = `npm run bench:self -- ${process.argv
    .slice(2)
    .map((arg) => (arg.includes(' ') ? `'${arg}'` : arg))
    .join(' ')}`
  const lines = [
    `## ${new Date().toISOString().slice(0, 16)}Z${quick ? ' (--quick: a trial run, no figures to rely on)' : ''}`,
    '',
    `Written by \`${command}\`.`,
    '',
    ...facts.map((fact) => `- ${fact}`),
    '',
    'Peers are compared as ratios within one run, in turns, both on the same core (taskset) and with the server on',
    'the other; ratios of several rounds are given as median (least … largest).',
    '',
    '| | must reach | measured | |',
    '|---|---|---|---|',
    ...rows.map(
      (row) => `| ${[row.what, row.mustReach, row.measured, verdictOf(row)].map(cell).join(' | ')} |`,
    ),
  ]
  if (hotPath.length === 0) return `${lines.join('\n')}\n`
  const pieces = hotPath.map(({ name, ns }) => `| ${name} | ${ns.toFixed(0)} |`)
  const table = [
    '',
    'The hot path piece by piece (tinybench, median):',
    '',
    '| | ns |',
    '|---|---|',
    ...pieces,
  ]
  return `${[...lines, ...table].join('\n')}\n`
}
