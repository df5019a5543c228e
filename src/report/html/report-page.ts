import { distinct, isSimulated, serverLabel, type RunAnalysis } from '../../analysis/analyse-run.js'
import { isDrawn } from '../plots/figure.js'
import { formatStamp, notMeasured } from '../left-out.js'
import {
  camerasSection,
  camerasShown,
  failuresSection,
  resultsSection,
  sitesSection,
} from './results-section.js'
import { figureGroups } from '../plots/report-figures.js'
import { caveatsHtml, factsHtml, figuresSection, pageHtml } from './page.js'
import { html, renderHtmlTable, type Html } from './html.js'
import { recommendationSection } from './recommendation-section.js'
import { encodingSection } from './encoding-section.js'
import { trustSection } from './trust-section.js'
import { tableOfItems, tableOfTexts, type ItemColumn, type TableCell } from '../table/table.js'
import { plural } from '../../system/plural.js'
import { worstCamerasFirst } from '../../analysis/camera-table.js'
import type { ModeComparison } from '../../analysis/mode-comparison.js'
import { batchingKind, type BatchingKind, type Verdict } from '../../analysis/verdict.js'
import { formatFps, formatLoad, formatMs } from '../format/format.js'
import { answerFacts, runFacts, serverFacts } from '../format/run-facts.js'
import { formatVerdict, withoutRepeatedWarning, type VerdictWords } from '../format/verdict.js'
import { filesNote, type WrittenRun } from '../samples/written-run.js'
import { thresholdsTable } from '../thresholds-table.js'

/** The report of one run. Without JavaScript only the plots are missing. */
export async function reportHtml(analysis: WrittenRun): Promise<string> {
  const { recommendation } = analysis
  const recommended = recommendation && recommendationSection(analysis, recommendation)
  const groups = figureGroups(analysis)
  const [whichBatching, ...others] = groups.map((group) => figuresSection(group))
  const simulated = isSimulated(analysis.subjects)
  const body = html`<header>
      <h1>Framestorm: ${analysis.scenario.name}</h1>
      <span class="stamp ${simulated ? 'simulated' : ''}">${serverLabel(analysis.subjects)}</span>
      ${analysis.status !== 'complete' && html`<span class="stamp simulated">${formatStatus(analysis)}</span>`}
      ${analysis.leftOut !== undefined && html`<span class="stamp simulated">${formatStamp(analysis.leftOut)}</span>`}
      ${analysis.verdict.validity === 'INVALID' && html`<span class="stamp simulated">INVALID</span>`}
    </header>
    <main>
      ${recommended?.section} ${verdictBox(analysis)} ${thresholdsSection(analysis)}
      ${failuresSection(analysis.points)} ${whichBatching} ${resultsSection(analysis)}
      ${sitesSection(analysis)} ${others} ${camerasSection(analysis)} ${encodingSection(analysis)}
      ${trustSection(analysis)} ${runSection(analysis)}
    </main>
    <footer>Framestorm ${analysis.framestormVersion}, run ${analysis.run}, ${analysis.startedAt}</footer>`
  return pageHtml({
    title: `${analysis.scenario.name}: Framestorm report`,
    body,
    figures: [...(recommended?.figures ?? []), ...groups.flatMap(({ figures }) => figures).filter(isDrawn)],
    data: embeddedData(analysis),
  })
}

/** `interrupted: 40 of 105 measurements`. */
function formatStatus({ status, measurements, plan }: RunAnalysis): string {
  const complete = measurements.filter((measurement) => measurement.complete).length
  return `${status}: ${complete} of ${plan.order.length} measurements`
}

function thresholdsSection({ thresholds }: RunAnalysis): Html | undefined {
  if (thresholds.length === 0) return undefined
  return html`<section aria-labelledby="thresholds">
    <h2 id="thresholds">Thresholds</h2>
    ${renderHtmlTable(thresholdsTable(thresholds))}
  </section>`
}

/** The analysis as it is embedded in the report, aggregated so that the page stays small for runs of any length. */
export interface EmbeddedData extends RunAnalysis {
  about: string
  words: VerdictWords
}

/**
 * Everything but the seconds of the measurements (time series of latency and processors), which are in the files of requests
 * and machine.csv, and all cameras but the worst, which are in the file of frames: they would be most of the page.
 */
export function embeddedData(analysis: RunAnalysis): EmbeddedData {
  return {
    about:
      'Aggregated from all samples of the run, to 7 significant digits. Single requests, frames, batches and seconds ' +
      'are in the files beside the report.',
    ...analysis,
    words: formatVerdict(analysis),
    points: analysis.points.map((point) => ({
      ...point,
      cameras: worstCamerasFirst(point.cameras).slice(0, camerasShown),
      ...(point.sites && { sites: point.sites.map((site) => ({ ...site, cameras: [] })) }),
    })),
    measurements: analysis.measurements.map((measurement) => ({
      ...measurement,
      cameras: [],
      timeSeries: [],
      machine: [],
      ...(measurement.sites && {
        sites: measurement.sites.map((site) => ({ ...site, cameras: [], timeSeries: [] })),
      }),
    })),
  }
}

/** Plan, scenario and environment, to repeat the run. */
function runSection(analysis: WrittenRun): Html {
  const { plan, scenario, environment, subjects, seed, framestormVersion } = analysis
  const facts = [
    ['framestorm', framestormVersion],
    ['seed', String(seed)],
    ['scenario hash', scenario.hash],
    ...distinct(subjects.map(({ video }) => video?.hash)).map((hash) => ['video hash', hash]),
    ...distinct(subjects.map(({ model }) => model?.archiveHash)).map((hash) => ['model archive hash', hash]),
    ...answerFacts(analysis),
    ...Object.entries(environment),
    ...serverFacts(subjects),
  ]
  const files = [
    'points.csv',
    ...(analysis.measurements.some(({ failures }) => failures.length > 0) ? ['failures.csv'] : []),
    ...analysis.files.map(({ name }) => name),
    'summary.md',
    'run.json',
  ]
  const leftOut = notMeasured(analysis)
  const note = filesNote(analysis)
  return html`<section aria-labelledby="run">
    <h2 id="run">Plan, scenario and environment</h2>
    <p>
      ${plural(plan.points.length, 'point')}, ${plural(plan.order.length, 'measurement')} in seeded random
      order, so that a drift of the machine affects all modes alike.
    </p>
    <h3>Environment</h3>
    ${renderHtmlTable(tableOfTexts('Environment', ['name', 'value'], facts))}
    ${
      leftOut.length > 0 &&
      html`<h3>Combinations not measured</h3>
        ${renderHtmlTable(tableOfTexts('Combinations not measured', ['combination', 'reason'], leftOut))}`
    }
    <h3>Scenario</h3>
    <pre tabindex="0">${scenario.text}</pre>
    <h3>Files of this run</h3>
    <ul class="files">
      ${files.map((name) => html`<li><a href="${name}">${name}</a></li>`)}
      <li><button id="save-data" type="button">Save the analysis as JSON</button></li>
    </ul>
    ${note !== undefined && html`<p>${note}</p>`}
  </section>`
}

/** The answer, its figures, its caveats and what was measured. */
function verdictBox(analysis: WrittenRun): Html {
  const { verdict } = analysis
  const words = formatVerdict(withoutRepeatedWarning(analysis))
  const kind = verdict.validity === 'VALID' ? verdict.answer : 'invalid'
  return html`<section
    class="verdict ${kind} ${analysis.recommendation === undefined ? '' : 'supporting'}"
    aria-labelledby="verdict"
  >
    <div>
      <h2 id="verdict">${analysis.recommendation !== undefined && 'Measured: '}${words.headline}</h2>
      <p class="text">${words.paragraph.join(' ')}</p>
      ${modesTable(verdict)} ${caveatsHtml(words.caveats)}
    </div>
    ${factsHtml('facts', runFacts(analysis))}
  </section>`
}

/** The best of each mode, and no batching, side by side. Absent if there is only one of them. */
function modesTable({ ceiling, latency, byCameras }: Verdict): Html | undefined {
  const measured = new Set(
    [ceiling, latency].flatMap((one) => one?.ranked ?? []).map((one) => batchingKind(one)),
  )
  const kinds = (['none', 'server', 'client', 'hybrid'] as const).filter((kind) => measured.has(kind))
  if (kinds.length < 2) return undefined
  const columns: ItemColumn<BatchingKind>[] = [
    {
      header: 'best of each',
      align: 'left',
      cell: (kind) => ({ text: `${kind === 'none' ? 'no' : kind} batching`, look: `mode-${kind}` }),
    },
  ]
  if (ceiling !== undefined)
    columns.push({
      header: `ceiling, ${formatLoad(ceiling.load)}`,
      align: 'left',
      cell: (kind) => bestCell(ceiling, kind),
    })
  if (latency !== undefined)
    columns.push({
      header: `frame latency ${latency.metric}, ${formatLoad(latency.load)}`,
      align: 'left',
      cell: (kind) => bestCell(latency, kind),
    })
  if (byCameras.length > 0)
    columns.push({
      header: 'largest camera load carried',
      align: 'left',
      cell: (kind) => carried(byCameras, kind),
    })
  return renderHtmlTable(tableOfItems('The best of each mode, and no batching', columns, kinds))
}

function bestCell({ ranked, metric, winner, overloaded }: ModeComparison, kind: BatchingKind): TableCell {
  const best = ranked.find((one) => batchingKind(one) === kind)
  if (best === undefined) return overloaded.some((mode) => mode === kind) ? 'overloaded' : 'not compared'
  const figure = metric === 'fps' ? `${formatFps(best.value)} FPS` : `${formatMs(best.value)} ms`
  const text = best.batchSize === 1 ? figure : `${figure} at batch size ${best.batchSize}`
  return winner === kind ? { text, look: 'strong' } : text
}

function carried(byCameras: Verdict['byCameras'], kind: BatchingKind): string {
  const largest = byCameras.findLast(({ carriedBy }) => carriedBy.includes(kind))
  return largest === undefined ? 'none' : formatLoad(largest.load)
}
