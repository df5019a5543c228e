import type { ModeBest, ModeComparison } from '../../analysis/mode-comparison.js'
import type { Verdict } from '../../analysis/verdict.js'
import { loadInWords } from '../format/point-words.js'
import type { RunAnalysis } from '../../analysis/run-analysis.js'
import { fpsInWords, msInWords } from '../figures-in-words.js'
import { restsOn } from '../rests-on.js'
import { html, type Html } from './html.js'
import { table } from './table.js'

/** The answer, its numbers, its caveats and what it rests on. */
export function verdictBox(analysis: RunAnalysis): Html {
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
