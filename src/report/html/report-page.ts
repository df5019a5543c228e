import type { RunAnalysis } from '../../analysis/run-analysis.js'
import { serverLabel } from '../../analysis/run-analysis.js'
import { isDrawn } from '../plots/figure.js'
import { camerasSection, camerasShown, resultsSection } from './results-section.js'
import { figureGroups } from '../plots/report-figures.js'
import { figuresSection } from './figures-section.js'
import type { Html } from './html.js'
import { html } from './html.js'
import { pageHtml } from './page.js'
import { trustSection } from './trust-section.js'
import { table, textTable } from './table.js'
import { worstCamerasFirst } from '../../analysis/camera-table.js'
import type { ModeBest, ModeComparison } from '../../analysis/mode-comparison.js'
import type { Verdict } from '../../analysis/verdict.js'
import { loadInWords } from '../format/point.js'
import { fpsInWords, msInWords } from '../format/numbers.js'
import { restsOn } from '../format/run-facts.js'

/** The report of one run: without JavaScript the verdict and all tables are there, only the plots are missing. */
export async function reportHtml(analysis: RunAnalysis): Promise<string> {
  const groups = figureGroups(analysis)
  const [whichBatching, ...others] = groups.map((group) => figuresSection(group))
  const simulated = analysis.server?.kind === 'embedded'
  const body = html`<header>
      <h1>Framestorm: ${analysis.scenario.name}</h1>
      <span class="stamp ${simulated ? 'simulated' : ''}">${serverLabel(analysis)}</span>
      ${analysis.status !== 'complete' && html`<span class="stamp simulated">${statusInWords(analysis)}</span>`}
      ${analysis.exitCode !== 0 && html`<span class="stamp simulated">rests on INVALID points</span>`}
    </header>
    <main>
      ${verdictBox(analysis)} ${whichBatching} ${resultsSection(analysis)} ${others}
      ${camerasSection(analysis)} ${encodingSection(analysis)} ${trustSection(analysis)}
      ${runSection(analysis)}
    </main>
    <footer>Framestorm ${analysis.framestormVersion}, run ${analysis.run}, ${analysis.startedAt}</footer>`
  return pageHtml({
    title: `${analysis.scenario.name}: Framestorm report`,
    body,
    figures: groups.flatMap(({ figures }) => figures).filter(isDrawn),
    data: embeddedData(analysis),
  })
}

/** `interrupted: 40 of 105 measurements`. */
function statusInWords({ status, measurements, plan }: RunAnalysis): string {
  const complete = measurements.filter((measurement) => measurement.complete).length
  return `${status}: ${complete} of ${plan.order.length} measurements`
}

/** What preparing and sending a frame costs the client, by encoding. */
function encodingSection({ encodingCosts, measurements, plan }: RunAnalysis): Html | undefined {
  if (encodingCosts.length === 0 || measurements.length === 0) return undefined
  const modes = (encoding: string) =>
    [
      ...new Set(
        plan.points
          .filter(({ batching }) => batching.encoding === encoding)
          .map(({ batching }) => batching.mode),
      ),
    ].join(', ')
  const raw = encodingCosts.find(({ encoding }) => encoding === 'raw')?.bytesMean
  const fastest = Math.max(...measurements.map(({ fps }) => fps))
  return html`<section aria-labelledby="encoding">
    <h2 id="encoding">What does encoding cost the client?</h2>
    <p>
      Encoding is done once a frame before the clock starts, so no figure above holds it: a client that
      encodes live pays it on top. Measured on this machine.
    </p>
    ${textTable(
      'Encoding costs',
      [
        'encoding',
        'used by',
        'CPU a frame (µs)',
        'kB a frame',
        'against the JPEG',
        `Mbit/s at ${fastest.toFixed(0)} FPS`,
      ],
      encodingCosts.map(({ encoding, encodeUs, bytesMean }) => [
        encoding,
        modes(encoding),
        encodeUs.toPrecision(3),
        (bytesMean / 1000).toFixed(1),
        raw === undefined ? '' : `${(bytesMean / raw).toFixed(2)}×`,
        ((bytesMean * 8 * fastest) / 1e6).toFixed(1),
      ]),
    )}
  </section>`
}

/** The analysis as a report carries it, aggregated so that the page stays small whatever the run's length. */
export interface EmbeddedData extends RunAnalysis {
  about: string
}

/**
 * Everything but the seconds of the measurements (latency lanes, processors), which are in requests.csv and
 * machine.csv, and all cameras but the worst, which are in frames.csv: they would be most of the page.
 */
export function embeddedData(analysis: RunAnalysis): EmbeddedData {
  return {
    about:
      'Aggregated from all samples of the run, to 7 significant digits. Single requests, frames, batches and seconds ' +
      'are in the CSV files beside the report.',
    ...analysis,
    points: analysis.points.map((point) => ({
      ...point,
      cameras: worstCamerasFirst(point.cameras).slice(0, camerasShown),
    })),
    measurements: analysis.measurements.map((measurement) => ({
      ...measurement,
      cameras: [],
      lanes: [],
      machine: [],
    })),
  }
}

/** Plan, scenario and environment: enough to do it again. */
function runSection(analysis: RunAnalysis): Html {
  const { plan, scenario, environment, server, seed, framestormVersion, model, video } = analysis
  const facts = [
    ['framestorm', framestormVersion],
    ['seed', String(seed)],
    ['scenario hash', scenario.hash],
    ...(video === undefined ? [] : [['video hash', video.hash]]),
    ...(model?.archiveHash === undefined ? [] : [['model archive hash', model.archiveHash]]),
    ...Object.entries(environment),
    ...Object.entries(server?.details ?? {}),
  ]
  const files = [
    'points.csv',
    'requests.csv',
    ...(plan.points.some(({ load }) => load.kind === 'cameras') ? ['frames.csv'] : []),
    ...(analysis.measurements.some(({ batchFormedMean }) => batchFormedMean !== undefined)
      ? ['batches.csv']
      : []),
    ...(analysis.measurements.some(({ machine }) => machine.length > 0) ? ['machine.csv'] : []),
    'summary.md',
    'run.json',
  ]
  const leftOut = [...plan.impossible, ...plan.merged].map(({ cell, reason }) => [cell, reason])
  return html`<section aria-labelledby="run">
    <h2 id="run">Plan, scenario and environment</h2>
    <p>
      ${plan.points.length} points, ${plan.order.length} measurements planned in seeded random order, so that
      drift of the machine favours no mode.
    </p>
    <h3>Environment</h3>
    ${textTable('Environment', ['what', 'value'], facts)}
    ${
      leftOut.length > 0 &&
      html`<h3>Cells not measured</h3>
        ${textTable('Cells not measured', ['cell', 'why'], leftOut)}`
    }
    <h3>Scenario</h3>
    <pre tabindex="0">${scenario.text}</pre>
    <h3>Files of this run</h3>
    <ul class="files">
      ${files.map((name) => html`<li><a href="${name}">${name}</a></li>`)}
      <li><button id="save-data" type="button">Save the analysis as JSON</button></li>
    </ul>
  </section>`
}

/** The answer, its numbers, its caveats and what it rests on. */
function verdictBox(analysis: RunAnalysis): Html {
  const { words, verdict, exitCode } = analysis
  const kind = exitCode === 0 ? verdict.answer : 'invalid'
  return html`<section class="verdict ${kind}" aria-labelledby="verdict">
    <div>
      <h2 id="verdict">${words.headline}</h2>
      <p class="text">${words.paragraph.join(' ')}</p>
      ${modesTable(verdict)}
      ${
        words.caveats.length > 0 &&
        html`<ul class="caveats">
          ${words.caveats.map((text) => html`<li>${text}</li>`)}
        </ul>`
      }
    </div>
    <dl class="facts">
      ${restsOn(analysis).map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
  </section>`
}

/** The best of each mode side by side; nothing where one mode alone was measured. */
function modesTable({ ceiling, latency, byCameras }: Verdict): Html | undefined {
  const measured = new Set([ceiling, latency].flatMap((one) => one?.modes.map(({ mode }) => mode) ?? []))
  const modes = (['server', 'client', 'hybrid'] as const).filter((mode) => measured.has(mode))
  if (modes.length < 2) return undefined
  const columns = [{ name: 'best of each mode' }]
  if (ceiling !== undefined) columns.push({ name: `ceiling, ${loadInWords(ceiling.load)}` })
  if (latency !== undefined)
    columns.push({ name: `frame latency ${latency.metric}, ${loadInWords(latency.load)}` })
  if (byCameras.length > 0) columns.push({ name: 'largest camera load carried' })
  const rows = modes.map(
    (mode) =>
      html`<tr>
        <td><span class="mode ${mode}">${mode} batching</span></td>
        ${ceiling !== undefined && bestCell(ceiling, mode)}${latency !== undefined && bestCell(latency, mode)}
        ${byCameras.length > 0 && html`<td>${carried(byCameras, mode)}</td>`}
      </tr>`,
  )
  return table('The best of each mode', columns, rows)
}

function bestCell({ modes, metric, winner }: ModeComparison, mode: ModeBest['mode']): Html {
  const best = modes.find((one) => one.mode === mode)
  if (best === undefined) return html`<td>none carried it</td>`
  const text = metric === 'fps' ? `${fpsInWords(best.value)} FPS` : `${msInWords(best.value)} ms`
  return html`<td>${winner === mode ? html`<b>${text}</b>` : text} at batch size ${best.batchSize}</td>`
}

function carried(byCameras: Verdict['byCameras'], mode: ModeBest['mode']): string {
  const largest = byCameras.findLast(({ carriedBy }) => carriedBy.includes(mode))
  return largest === undefined ? 'none of those measured' : loadInWords(largest.load)
}
