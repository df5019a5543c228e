import { figuresSection } from '../html/figures-section.js'
import { html } from '../html/html.js'
import { pageHtml } from '../html/page.js'
import { textTable } from '../html/table.js'
import { isDrawn } from '../plots/figure.js'
import type { GateResult } from '../../gate/gate-result.js'
import { gateHeadline, reasonsAndNotes } from './gate-words.js'
import { gateJson } from './gate-json.js'
import { metricRow, metricRowColumns, thresholdRow, thresholdRowColumns } from './gate-tables.js'
import { pairsFigures } from './pairs-figures.js'

/** The A/B page: verdict, tables, and for a live gate every pair. One file, readable without JavaScript. */
export async function gateHtml(result: GateResult): Promise<string> {
  const { scenario, kind, baseline, candidate, verdict, metrics, thresholds, pairs, startedAt } = result
  const simulated = `${baseline} ${candidate}`.includes('simulated')
  const groups = pairsFigures(result)
  const spent = pairs === undefined ? 'Saved runs compared.' : `${pairs} pairs, measured in random order.`
  const body = html`<header>
      <h1>Framestorm regression gate: ${scenario}</h1>
      <span class="stamp ${simulated ? 'simulated' : ''}">${baseline} → ${candidate}</span>
    </header>
    <main>
      <section class="verdict ${verdict === 'PASS' ? '' : 'invalid'}" id="verdict" aria-label="Verdict">
        <div>
          <h2>${gateHeadline(result)}</h2>
          <p class="text">${spent} Positive is worse; a change below the floor does not count.</p>
          <ul class="caveats">
            ${reasonsAndNotes(result).map((note) => html`<li>${note}</li>`)}
          </ul>
        </div>
      </section>
      ${textTable(
        'Metrics',
        [...metricRowColumns],
        metrics.map((decision) => Object.values(metricRow(decision))),
      )}
      ${
        thresholds.length > 0 &&
        html`<h2>Thresholds</h2>
          ${textTable(
            'Thresholds',
            [...thresholdRowColumns],
            thresholds.map((threshold) => Object.values(thresholdRow(threshold))),
          )}`
      }
      ${groups.map((group) => figuresSection(group))}
      ${
        kind === 'live' &&
        html`<p>
          The two sides as runs of their own: <a href="baseline/report.html">baseline</a>,
          <a href="candidate/report.html">candidate</a>.
        </p>`
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
