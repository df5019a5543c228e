import { figuresSection, pageHtml } from '../html/page.js'
import { html, renderHtmlTable } from '../html/html.js'
import type { Figure } from '../plots/figure.js'
import { searchedSettings, type CapacityRun } from '../../capacity/capacity-run.js'
import { infeasibleSettings } from './capacity-json.js'
import { capacityFigure, headlineFigure } from './capacity-figures.js'
import { capacityHeadline, capacityNotes, tuningNotes, tuningTable } from './capacity-words.js'
import { join } from 'node:path'
import writeFileAtomic from 'write-file-atomic'

interface CapacityPage {
  scenario: string
  run: string
  server: string
  /** The server is not a real TorchServe. The page says so at its top. */
  simulated: boolean
  startedAt: string
}

/** The page of a capacity run: one file, readable without JavaScript. */
export async function capacityHtml(capacity: CapacityRun, page: CapacityPage): Promise<string> {
  const settings = searchedSettings(capacity)
  const best = settings[0]
  if (best === undefined) throw new Error('no setting was searched to its end')
  const figures: Figure[] = settings.map(capacityFigure)
  const rule = headlineFigure({
    fps: best.fps,
    batchSizes: [2, 4, 8, 16],
    camerasPerClient: [1, 2, 4, 8, 16, 32],
    maxBatchDelayMs:
      settings.find(({ point }) => point.batching.maxBatchDelayMs !== undefined)?.point.batching
        .maxBatchDelayMs ?? 50,
  })
  const leftOut = infeasibleSettings(capacity)
  const body = html`<header>
      <h1>Framestorm capacity: ${page.scenario}</h1>
      <span class="stamp ${page.simulated ? 'simulated' : ''}">${page.server}</span>
    </header>
    <main>
      <section class="verdict alone" id="verdict" aria-label="Verdict">
        <div>
          <h2>${capacityHeadline(best)}</h2>
          <p class="text">${best.setting}</p>
          <ul class="caveats">
            ${capacityNotes(best).map((note) => html`<li>${note}</li>`)}
          </ul>
        </div>
      </section>
      ${figuresSection({ id: 'how-many-cameras', title: 'How many cameras?', figures })}
      ${
        settings.length > 1 &&
        html`<h2>Other settings</h2>
          ${settings.slice(1).map(
            (setting) =>
              html`<h3>${capacityHeadline(setting)}: ${setting.setting}</h3>
                <ul class="caveats">
                  ${capacityNotes(setting).map((note) => html`<li>${note}</li>`)}
                </ul>`,
          )}`
      }
      ${
        leftOut.length > 0 &&
        html`<h2>Not searched</h2>
          <ul class="absent">
            ${leftOut.map(({ setting, reason }) => html`<li><b>${setting}</b> ${reason}</li>`)}
          </ul>`
      }
      ${
        capacity.tuning !== undefined &&
        html`<h2>Which setting?</h2>
          <ul class="caveats">
            ${tuningNotes(capacity.tuning).map((note) => html`<li>${note}</li>`)}
          </ul>
          ${renderHtmlTable(tuningTable(capacity.tuning))}`
      }
      ${figuresSection({ id: 'server-or-client', title: 'Server or client batching?', figures: [rule] })}
    </main>
    <footer>Run ${page.run}, ${page.startedAt}</footer>`
  return pageHtml({
    title: `${page.scenario}: Framestorm capacity`,
    body,
    figures: [...figures, rule],
    data: capacity,
  })
}

/**
 * Writes capacity.html into the run folder; capacity.json is there already, from the search itself. There is no page if
 * every setting was infeasible, because the error contains the whole result.
 */
export async function writeCapacity(
  capacity: CapacityRun,
  folder: string,
  page: CapacityPage,
): Promise<void> {
  if (searchedSettings(capacity).length === 0) return
  await writeFileAtomic(join(folder, 'capacity.html'), await capacityHtml(capacity, page))
}
