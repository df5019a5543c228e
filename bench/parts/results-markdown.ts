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
  return `# The load engine, measured

Written by \`npm run bench:self -- --write bench/RESULTS.md\` on ${new Date().toISOString().slice(0, 16)}Z${quick ? ' (--quick: a trial run, no figures to rely on)' : ''}.

${facts.map((fact) => `- ${fact}`).join('\n')}

Against a peer always as a ratio in one run, in turns, both held to the same core (taskset) with the server on the
other; ratios of several rounds are given as median (least … largest).

| | must reach | measured | |
|---|---|---|---|
${rows.map((row) => `| ${[row.what, row.mustReach, row.measured, verdictOf(row)].map(cell).join(' | ')} |`).join('\n')}

The hot path piece by piece (tinybench, median):

| | ns |
|---|---|
${hotPath.map(({ name, ns }) => `| ${name} | ${ns.toFixed(0)} |`).join('\n')}
`
}
