import { checkRun, type RunCheck } from '../../analysis/checks-of-run.js'
import { answerReferences, formatLearned, type ServerReference } from '../format/run-facts.js'
import type { RunAnalysis } from '../../analysis/analyse-run.js'
import { formatSeverity } from '../format/findings.js'
import { formatMs, formatPercent } from '../format/format.js'
import { html, renderHtmlTable, type Html } from './html.js'
import { tableOfItems, type ItemColumn, type TableCell } from '../table/table.js'

/** The worst figure of each check, then every finding. */
export function trustSection(analysis: RunAnalysis): Html {
  const { points } = analysis
  const valid = points.filter(({ validity }) => validity === 'VALID').length
  return html`<section aria-labelledby="trust">
    <h2 id="trust">Can these results be trusted?</h2>
    <p>
      ${valid} of ${points.length} points are VALID. Checks that could not be performed are listed as "not
      checked", never as passed.
    </p>
    ${renderHtmlTable(tableOfItems('Checks', checkColumns(analysis), checkRun(analysis)))}
    <h3>Findings</h3>
    ${findingsTable(analysis)}
  </section>`
}

function checkColumns(analysis: RunAnalysis): ItemColumn<RunCheck>[] {
  return [
    {
      header: 'check',
      align: 'left',
      prose: true,
      cell: ({ name, title }) => (name === 'wrong-answers' ? title + formatAnswers(analysis) : title),
    },
    { header: 'result', align: 'left', cell: stateCell },
    {
      header: 'worst of the run',
      align: 'left',
      prose: true,
      cell: (check) => formatObserved(check, check.worst?.observed),
    },
    {
      header: 'limit',
      align: 'left',
      prose: true,
      cell: (check) => formatObserved(check, check.worst?.limit),
    },
    { header: 'where', align: 'left', cell: formatPlace },
  ]
}

function stateCell({ state, severity }: RunCheck): TableCell {
  switch (state) {
    case 'passed':
      return { text: 'passed', look: 'good' }
    case 'failed':
      return { text: severity === 'invalid' ? 'INVALID' : 'warning', look: 'bad' }
    case 'absent':
      return 'not checked'
  }
}

function formatObserved({ unit }: RunCheck, value: number | undefined): string {
  if (value === undefined) return ''
  return unit === 'ms' ? `${formatMs(value)} ms` : unit === 'share' ? formatPercent(value) : String(value)
}

function formatPlace({ worst }: RunCheck): string {
  if (worst === undefined) return ''
  const { point, repetition, site } = worst
  return [
    `point ${point}`,
    repetition !== undefined && `repetition ${repetition}`,
    site !== undefined && `agent ${site}`,
  ]
    .filter(Boolean)
    .join(', ')
}

/** The tolerance, compared with the differences between answers to different frames. */
function formatAnswers(analysis: RunAnalysis): string {
  const references = answerReferences(analysis)
  return references.length === 0 ? '' : ` (${references.map(formatReference).join('; ')})`
}

function formatReference({ server, reference }: ServerReference): string {
  const of = server === undefined ? '' : `${server}: `
  const learned = formatLearned(reference)
    .map((part) => `; ${part}`)
    .join('')
  const mixed = reference.mixedUp === undefined ? '' : `; ${reference.mixedUp} mixed up before the load began`
  if (reference.state === 'off') return `${of}not compared: ${reference.reason}${mixed}${learned}`
  const { tolerance, power } = reference
  return (
    `${of}tolerance ${tolerance.toPrecision(2)}; the answers to two different frames differ by at least ` +
    `${power.toFixed(0)} times as much${mixed}${learned}`
  )
}

interface FindingRow {
  point: number
  finding: RunAnalysis['points'][number]['findings'][number]
}

const findingColumns: ItemColumn<FindingRow>[] = [
  { header: 'point', align: 'right', cell: ({ point }) => String(point) },
  { header: 'repetitions', align: 'left', cell: ({ finding }) => finding.repetitions.join(', ') },
  {
    header: 'severity',
    align: 'left',
    cell: ({ finding }) => {
      const text = formatSeverity(finding)
      return finding.severity === 'invalid' ? { text, look: 'bad' } : text
    },
  },
  { header: 'symptom', align: 'left', prose: true, cell: ({ finding }) => finding.symptom },
  { header: 'likely cause', align: 'left', prose: true, cell: ({ finding }) => finding.cause },
  { header: 'remedy', align: 'left', prose: true, cell: ({ finding }) => finding.remedy },
]

function findingsTable({ points }: RunAnalysis): Html {
  const rows = points.flatMap(({ point, findings }) =>
    findings.map((finding) => ({ point: point.id, finding })),
  )
  if (rows.length === 0) return html`<p>No problems were found in any of the ${points.length} points.</p>`
  return renderHtmlTable(tableOfItems('Findings', findingColumns, rows))
}
