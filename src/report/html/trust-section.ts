import type { RunAnalysis } from '../../analysis/run-analysis.js'
import type { TrustCheck } from '../../analysis/trust-checks.js'
import { trustChecks } from '../../analysis/trust-checks.js'
import { findingsTable } from './findings-table.js'
import { html, type Html } from './html.js'
import { table } from './table.js'

const stateInWords: Record<TrustCheck['state'], Html> = {
  good: html`<span class="good">good</span>`,
  bad: html`<span class="bad">INVALID</span>`,
  note: html`<span class="bad">look</span>`,
  absent: html`not looked at`,
}

/** May it be believed: the worst figure of each check, then every finding. */
export function trustSection(analysis: RunAnalysis): Html {
  const { points } = analysis
  const valid = points.filter(({ validity }) => validity === 'VALID').length
  const checks = trustChecks(analysis)
  return html`<section aria-labelledby="trust">
    <h2 id="trust">May it be believed?</h2>
    <p>
      ${valid} of ${points.length} points are VALID. A check that nobody could make is not passed but absent.
    </p>
    ${table(
      'Checks',
      [{ name: 'check' }, { name: '' }, { name: 'worst of the run' }, { name: 'limit' }, { name: 'where' }],
      checks.map(
        ({ name, worst, limit, where, state }) =>
          html`<tr>
            <td class="wide">${name}</td>
            <td>${stateInWords[state]}</td>
            <td class="wide">${worst}</td>
            <td class="wide">${limit}</td>
            <td>${where}</td>
          </tr>`,
      ),
    )}
    <h3>Findings</h3>
    ${findingsTable(analysis)}
  </section>`
}
