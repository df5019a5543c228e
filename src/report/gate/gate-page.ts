import { figuresSection, pageHtml } from '../html/page.js'
import { html, renderHtmlTable } from '../html/html.js'
import { isDrawn } from '../plots/figure.js'
import { thresholdsTable } from '../thresholds-table.js'
import type { GateResult } from '../../gate/gate-result.js'
import { gateJson } from './gate-json.js'
import { formatExtent, gateHeadline, metricsLegend, metricsTable, reasonsAndNotes } from './gate-tables.js'
import { pairsFigures } from './pairs-figures.js'

/** The A/B page: verdict, tables, and for a live gate every pair. One file, readable without JavaScript. */
export async function gateHtml(result: GateResult): Promise<string> {
  const { scenario, kind, baseline, candidate, verdict, metrics, thresholds, startedAt } = result
  const simulated = `${baseline} ${candidate}`.includes('simulated')
  const groups = pairsFigures(result)
  const body = html`<header>
      <h1>Framestorm regression gate, scenario ${scenario}</h1>
      <span class="stamp ${simulated ? 'simulated' : ''}">${baseline} → ${candidate}</span>
    </header>
    <main>
      <section class="verdict alone ${verdict === 'PASS' ? '' : 'invalid'}" id="verdict" aria-label="Verdict">
        <div>
          <h2>${gateHeadline(result)}</h2>
          <p class="text">
            ${formatExtent(result)}${kind === 'live' && ', both sides of a pair in random order'}.
          </p>
          <ul class="caveats">
            ${reasonsAndNotes(result).map((note) => html`<li>${note}</li>`)}
          </ul>
        </div>
      </section>
      <section aria-labelledby="metrics">
        <h2 id="metrics">Metrics</h2>
        ${renderHtmlTable(metricsTable(metrics))}
        <p>${metricsLegend}</p>
      </section>
      ${
        thresholds.length > 0 &&
        html`<section aria-labelledby="thresholds">
          <h2 id="thresholds">Thresholds</h2>
          ${renderHtmlTable(thresholdsTable(thresholds))}
        </section>`
      }
      ${groups.map((group) => figuresSection(group))}
      ${
        kind === 'live' &&
        html`<section aria-labelledby="sides">
          <h2 id="sides">Reports of the two sides</h2>
          <p><a href="baseline/report.html">baseline</a>, <a href="candidate/report.html">candidate</a></p>
        </section>`
      }
    </main>
    <footer>${startedAt}</footer>`
  return pageHtml({
    title: `${scenario}: Framestorm regression gate`,
    body,
    figures: groups.flatMap(({ figures }) => figures).filter(isDrawn),
    data: gateJson(result),
  })
}
