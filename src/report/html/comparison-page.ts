import { max, median, min } from 'simple-statistics'
import type { Change } from '../../analysis/pair-change.js'
import { fpsChange, latencyChange, latencyOfPair } from '../../analysis/pair-change.js'
import type { RunAnalysis } from '../../analysis/run-analysis.js'
import { serverLabel } from '../../analysis/run-analysis.js'
import type { PairedPoints } from '../../analysis/run-difference.js'
import { pairPoints, settingsThatDiffer } from '../../analysis/run-difference.js'
import { intervalInWords, spreadInWords } from '../format/numbers.js'
import { isDrawn } from '../plots/figure.js'
import { fpsOfRuns, latencyOfRuns } from '../plots/run-comparison.js'
import { embeddedData } from './report-page.js'
import { figuresSection } from './figures-section.js'
import type { Html } from './html.js'
import { html } from './html.js'
import { pageHtml } from './page.js'
import { table, textTable } from './table.js'
import { analyseRun } from '../../analysis/analyse-run.js'

/** Two runs side by side: first what differs in their settings, then point by point. */
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
      <span class="stamp">A: ${a.scenario.name}, ${serverLabel(a)}</span>
      <span class="stamp">B: ${b.scenario.name}, ${serverLabel(b)}</span>
    </header>
    <main>
      <section class="verdict alone" aria-labelledby="verdict">
        <div>
          <h2 id="verdict">${headline(paired)}</h2>
          <p class="text">${differencesInWords(differences.map(({ name }) => name))}</p>
          <p>
            Two runs one after the other also differ in what the machine did meanwhile. Whether B is slower is
            for <code>framestorm gate</code> to say, which measures them in turns.
          </p>
        </div>
      </section>
      <section aria-labelledby="settings">
        <h2 id="settings">What differs in their settings</h2>
        ${
          differences.length === 0
            ? html`<p>Nothing.</p>`
            : textTable(
                'Differences',
                ['what', ...names],
                differences.map(({ name, a, b }) => [name, a ?? 'absent', b ?? 'absent']),
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
  const changes = pairs.flatMap((pair) => fpsChange(pair) ?? [])
  if (changes.length === 0) return 'The runs have no point in common'
  const ratios = changes.map(({ ratio }) => ratio)
  const called = changes.filter((one) => one.called).length
  return (
    `FPS of B is ${median(ratios).toFixed(2)}× that of A (${min(ratios).toFixed(2)}–${max(ratios).toFixed(2)}×) over ` +
    `${changes.length} common points; a difference in ${called === 0 ? 'none' : called} of them`
  )
}

function differencesInWords(names: string[]): string {
  return names.length === 0
    ? 'They were measured with the same settings on the same machine.'
    : `They differ in ${names.join(', ')}.`
}

function verdicts(a: RunAnalysis, b: RunAnalysis): Html {
  return html`<section aria-labelledby="verdicts">
    <h2 id="verdicts">What each run says</h2>
    <div class="figures">${whatItSays('A', a)} ${whatItSays('B', b)}</div>
  </section>`
}

function whatItSays(name: string, { words }: RunAnalysis): Html {
  return html`<div>
    <h3>${name}: ${words.headline}</h3>
    <p>${words.paragraph.join(' ')}</p>
  </div>`
}

function onlyIn(name: string, points: string[]): Html | undefined {
  return points.length === 0 ? undefined : html`<p>Only in ${name}: ${points.join('; ')}.</p>`
}

function pointsSection({ pairs, onlyA, onlyB }: PairedPoints, names: [string, string]): Html {
  return html`<section aria-labelledby="points">
    <h2 id="points">Points in common</h2>
    ${table(
      'Points in common',
      [
        { name: 'point' },
        { name: 'FPS of A', numeric: true },
        { name: 'FPS of B', numeric: true },
        { name: 'B ÷ A', numeric: true },
        { name: 'p50 of A (ms)', numeric: true },
        { name: 'p50 of B (ms)', numeric: true },
        { name: 'B ÷ A', numeric: true },
      ],
      pairs.map((pair) => {
        const latency = (point: typeof pair.a) => intervalInWords(latencyOfPair(point).p50)
        return html`<tr>
          <td>${pair.name}</td>
          <td class="number">${spreadInWords(pair.a.fps)}</td>
          <td class="number">${spreadInWords(pair.b.fps)}</td>
          ${changeCell(fpsChange(pair))}
          <td class="number">${latency(pair.a)}</td>
          <td class="number">${latency(pair.b)}</td>
          ${changeCell(latencyChange(pair, 'p50'))}
        </tr>`
      }),
    )}
    <p>
      p50: frame latency under camera load, else request latency. Bold: A and B differ by more than their
      ranges and the usual drift from run to run.
    </p>
    ${onlyIn(names[0], onlyA)} ${onlyIn(names[1], onlyB)}
  </section>`
}

function changeCell(change: Change | undefined): Html {
  const text = change === undefined ? '' : `${change.ratio.toFixed(2)}×`
  return html`<td class="number">${change?.called === true ? html`<b>${text}</b>` : text}</td>`
}

/** The page that shows two saved runs side by side. Throws UserError where a folder is not a run. */
export async function compareRuns(folderA: string, folderB: string): Promise<string> {
  const a = await analyseRun(folderA)
  const b = await analyseRun(folderB)
  return comparisonHtml(a, b)
}
