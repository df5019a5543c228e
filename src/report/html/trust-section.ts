import type { RunAnalysis } from '../../analysis/run-analysis.js'
import type { TrustCheck } from '../../analysis/trust-checks.js'
import { trustChecks } from '../../analysis/trust-checks.js'
import type { Html } from './html.js'
import { html } from './html.js'
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

/** What was found amiss, point by point: symptom, likely cause, what to try. */
function findingsTable({ points }: RunAnalysis): Html {
  const rows = points.flatMap(({ point, findings }) =>
    findings.map((finding) => ({ point: point.id, finding })),
  )
  if (rows.length === 0) return html`<p>Nothing was found amiss in any of the ${points.length} points.</p>`
  return table(
    'Findings',
    [
      { name: 'point', numeric: true },
      { name: 'repetitions' },
      { name: '' },
      { name: 'symptom' },
      { name: 'likely cause' },
      { name: 'what to try' },
    ],
    rows.map(
      ({ point, finding }) =>
        html`<tr>
          <td class="number">${point}</td>
          <td>${finding.repetitions.join(', ')}</td>
          <td>${finding.severity === 'invalid' ? html`<span class="bad">INVALID</span>` : 'note'}</td>
          <td class="wide">${finding.symptom}</td>
          <td class="wide">${finding.cause}</td>
          <td class="wide">${finding.remedy}</td>
        </tr>`,
    ),
  )
}
