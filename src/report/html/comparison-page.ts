import { max, median, min } from 'simple-statistics'
import { analyseRun, serverLabel, type RunAnalysis } from '../../analysis/analyse-run.js'
import {
  compareMetric,
  pairPoints,
  settingsThatDiffer,
  type Change,
  type DistinctPoint,
  type PairedPoints,
} from '../../analysis/compare-runs.js'
import { formatDistinctPoint, formatPercentile, formatRatio, formatSpread } from '../format/format.js'
import type { MetricName } from '../../scenario/grammar/metric.js'
import { formatVerdict } from '../format/verdict.js'
import { plural } from '../../system/plural.js'
import { isDrawn } from '../plots/figure.js'
import { fpsOfRuns, latencyOfRuns } from '../plots/run-comparison.js'
import { embeddedData } from './report-page.js'
import { figuresSection, pageHtml } from './page.js'
import { html, renderHtmlTable, type Html } from './html.js'
import { tableOfItems, tableOfTexts, type ItemColumn, type TableCell } from '../table/table.js'

/** Two runs side by side: first the differences in their settings, then the results point by point. */
async function comparisonHtml(a: RunAnalysis, b: RunAnalysis): Promise<string> {
  const differences = settingsThatDiffer(a, b)
  const paired = pairPoints(a, b)
  const names: [string, string] = [`A: ${a.run}`, `B: ${b.run}`]
  const group = {
    id: 'point-by-point',
    title: 'Point by point',
    figures: [
      fpsOfRuns(paired, names),
      latencyOfRuns(paired, names, 'cameras'),
      latencyOfRuns(paired, names, 'closed'),
    ],
  }
  const body = html`<header>
      <h1>Framestorm: two runs</h1>
      <span class="stamp">A: ${a.scenario.name}, ${serverLabel(a.subjects)}</span>
      <span class="stamp">B: ${b.scenario.name}, ${serverLabel(b.subjects)}</span>
    </header>
    <main>
      <section class="verdict alone" aria-labelledby="verdict">
        <div>
          <h2 id="verdict">${headline(paired)}</h2>
          <p class="text">${formatDifferences(differences.map(({ name }) => name))}</p>
          <p>
            Two runs one after the other also differ in the state of the machine. To find out whether B is
            slower, use <code>framestorm gate</code>, which measures both servers in turn.
          </p>
        </div>
      </section>
      <section aria-labelledby="settings">
        <h2 id="settings">Differences in settings and environment</h2>
        ${
          differences.length === 0
            ? html`<p>None.</p>`
            : renderHtmlTable(
                tableOfTexts(
                  'Differences',
                  ['setting', ...names],
                  differences.map(({ name, a, b }) => [name, a ?? 'absent', b ?? 'absent']),
                ),
              )
        }
      </section>
      ${verdicts(a, b)} ${figuresSection(group)} ${pointsSection(paired, names)}
    </main>
    <footer>Framestorm ${b.framestormVersion}, runs ${a.run} and ${b.run}</footer>`
  return pageHtml({
    title: `${a.run} and ${b.run}: Framestorm`,
    body,
    figures: group.figures.filter(isDrawn),
    data: { a: embeddedData(a), b: embeddedData(b), differences },
  })
}

function headline({ pairs }: PairedPoints): string {
  const changes = pairs.flatMap((pair) => compareMetric(pair, 'fps') ?? [])
  if (changes.length === 0) return 'The runs have no point in common'
  const ratios = changes.map(({ ratio }) => ratio)
  const called = changes.filter((one) => one.significant).length
  return (
    `FPS of B is ${formatRatio(median(ratios))} that of A (${min(ratios).toFixed(2)}–${formatRatio(max(ratios))}) over ` +
    `${plural(changes.length, 'common point')}; significantly different in ${called === 0 ? 'none' : called} of them`
  )
}

function formatDifferences(names: string[]): string {
  return names.length === 0
    ? 'Both were measured with the same settings on the same machine.'
    : `They differ in ${names.join(', ')}.`
}

function verdicts(a: RunAnalysis, b: RunAnalysis): Html {
  return html`<section aria-labelledby="verdicts">
    <h2 id="verdicts">The verdict of each run</h2>
    <div class="figures">${runVerdict('A', a)} ${runVerdict('B', b)}</div>
  </section>`
}

function runVerdict(name: string, analysis: RunAnalysis): Html {
  const words = formatVerdict(analysis)
  return html`<div>
    <h3>${name}: ${words.headline}</h3>
    <p>${words.paragraph.join(' ')}</p>
  </div>`
}

function onlyIn(name: string, points: DistinctPoint[]): Html | undefined {
  return points.length === 0
    ? undefined
    : html`<p>Only in ${name}: ${points.map(formatDistinctPoint).join('; ')}.</p>`
}

function pointsSection({ pairs, onlyA, onlyB }: PairedPoints, names: [string, string]): Html {
  return html`<section aria-labelledby="points">
    <h2 id="points">Points in common</h2>
    ${renderHtmlTable(tableOfItems('Points in common', pairColumns, pairs))}
    <p>
      p50: frame latency under camera load, else request latency. Bold: A and B differ by more than their
      ranges and the usual drift from run to run.
    </p>
    ${onlyIn(names[0], onlyA)} ${onlyIn(names[1], onlyB)}
  </section>`
}

const pairColumns: ItemColumn<PairedPoints['pairs'][number]>[] = [
  { header: 'point', align: 'left', cell: formatDistinctPoint },
  { header: 'FPS of A', align: 'right', cell: ({ a }) => formatSpread(a.fps) },
  { header: 'FPS of B', align: 'right', cell: ({ b }) => formatSpread(b.fps) },
  { header: 'B ÷ A', align: 'right', cell: (pair) => changeCell(compareMetric(pair, 'fps')) },
  {
    header: 'p50 of A (ms)',
    align: 'right',
    cell: ({ a }) => formatPercentile((a.frameLatency ?? a.requestLatency).p50),
  },
  {
    header: 'p50 of B (ms)',
    align: 'right',
    cell: ({ b }) => formatPercentile((b.frameLatency ?? b.requestLatency).p50),
  },
  { header: 'B ÷ A', align: 'right', cell: (pair) => changeCell(compareMetric(pair, medianLatency(pair))) },
]

/** Frame latency under camera load, else request latency. */
function medianLatency({ point }: DistinctPoint): MetricName {
  return point.load.kind === 'cameras' ? 'frameLatencyP50Ms' : 'requestLatencyP50Ms'
}

function changeCell(change: Change | undefined): TableCell {
  const text = formatRatio(change?.ratio)
  return change?.significant === true ? { text, look: 'strong' } : text
}
/**
 * The page that shows two saved runs side by side.
 *
 * @throws UserError if a folder is not a run
 */
export async function compareRuns(folderA: string, folderB: string): Promise<string> {
  const a = await analyseRun(folderA)
  const b = await analyseRun(folderB)
  return comparisonHtml(a, b)
}
