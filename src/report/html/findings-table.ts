import type { RunAnalysis } from '../../analysis/run-analysis.js'
import { html, type Html } from './html.js'
import { table } from './table.js'

/** What was found amiss, point by point: symptom, likely cause, what to try. */
export function findingsTable({ points }: RunAnalysis): Html {
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
