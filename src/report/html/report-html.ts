import type { RunAnalysis } from '../../analysis/run-analysis.js'
import { serverLabel } from '../../analysis/run-analysis.js'
import { isDrawn } from '../plots/figure.js'
import { camerasSection } from './cameras-section.js'
import { embeddedData } from './embedded-data.js'
import { figureGroups } from './figure-groups.js'
import { figuresSection } from './figures-section.js'
import type { Html } from './html.js'
import { html } from './html.js'
import { pageHtml } from './page.js'
import { resultsSection } from './results-section.js'
import { runSection } from './run-section.js'
import { trustSection } from './trust-section.js'
import { verdictBox } from './verdict-box.js'
import { textTable } from './table.js'

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
