import type { RunAnalysis } from '../../analysis/run-analysis.js'
import type { RunCheck } from '../../analysis/checks-of-run.js'
import { checksOfRun } from '../../analysis/checks-of-run.js'
import { msInWords, shareInWords } from '../format/numbers.js'
import type { Html } from './html.js'
import { html } from './html.js'
import { table } from './table.js'

function stateInWords({ state, severity }: RunCheck): Html {
  switch (state) {
    case 'passed':
      return html`<span class="good">good</span>`
    case 'failed':
      return html`<span class="bad">${severity === 'invalid' ? 'INVALID' : 'warning'}</span>`
    case 'absent':
      return html`not checked`
  }
}

function valueOf({ unit }: RunCheck, value: number | undefined): string {
  if (value === undefined) return ''
  return unit === 'ms' ? `${msInWords(value)} ms` : unit === 'share' ? shareInWords(value) : String(value)
}

function placeOf({ worst }: RunCheck): string {
  if (worst === undefined) return ''
  return `point ${worst.point}${worst.repetition === undefined ? '' : `, repetition ${worst.repetition}`}`
}

/** With the power of the comparison: how surely the answer to another frame would have been noticed. */
function answersInWords({ answerReference }: RunAnalysis): string {
  if (answerReference === undefined) return ''
  if (answerReference.state === 'off') return ` (not compared: ${answerReference.reason})`
  const { tolerance, power, mixedUp } = answerReference
  return (
    ` (tolerance ${tolerance.toPrecision(2)}; two different frames are ${power.toFixed(0)} times as far apart` +
    `${mixedUp === undefined ? '' : `; ${mixedUp} mixed up before the load began`})`
  )
}

/** May it be believed: the worst figure of each check, then every finding. */
export function trustSection(analysis: RunAnalysis): Html {
  const { points } = analysis
  const valid = points.filter(({ validity }) => validity === 'VALID').length
  const checks = checksOfRun(analysis)
  return html`<section aria-labelledby="trust">
    <h2 id="trust">Can these results be trusted?</h2>
    <p>
      ${valid} of ${points.length} points are VALID. Checks that could not be made are listed as "not
      checked", never as passed.
    </p>
    ${table(
      'Checks',
      [{ name: 'check' }, { name: '' }, { name: 'worst of the run' }, { name: 'limit' }, { name: 'where' }],
      checks.map(
        (check) =>
          html`<tr>
            <td class="wide">${check.title}${check.name === 'wrong-answers' && answersInWords(analysis)}</td>
            <td>${stateInWords(check)}</td>
            <td class="wide">${valueOf(check, check.worst?.observed)}</td>
            <td class="wide">${valueOf(check, check.worst?.limit)}</td>
            <td>${placeOf(check)}</td>
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
