import type { PointSummary } from '../../analysis/point-summary.js'
import type { RunAnalysis } from '../../analysis/run-analysis.js'
import { resultColumns, type ResultColumn } from '../results-table.js'
import { html, type Html } from './html.js'
import { cell, table } from './table.js'

/** Every point with its figures; the points that the verdict names stand out. */
export function resultsSection(analysis: RunAnalysis): Html {
  const { points, verdict } = analysis
  const named = new Set(
    [verdict.ceiling, verdict.latency].flatMap((one) => one?.modes.map(({ point }) => point) ?? []),
  )
  const part = (title: string, kind: 'closed' | 'cameras') => {
    const some = points.filter(({ point }) => point.load.kind === kind)
    if (some.length === 0) return undefined
    const columns = resultColumns(some)
    return html`<h3>${title}</h3>
      ${table(
        title,
        columns,
        some.map(
          (point) =>
            html`<tr class="${named.has(point.point.id) ? 'best' : ''}">
              ${columns.map((column) => styled(column, point))}
            </tr>`,
        ),
      )}`
  }
  return html`<section aria-labelledby="results">
    <h2 id="results">Results</h2>
    <p>
      FPS and goodput: median and range of the repetitions. Latencies in ms, over the requests of all
      repetitions; empty where they are too few for the percentile. Bold: the points that the verdict names.
    </p>
    ${part('Closed load: how much the server does, and its request latency', 'closed')}
    ${part('Camera load: how long a frame takes from its capture', 'cameras')}
  </section>`
}

function styled(column: ResultColumn, point: PointSummary): Html {
  const text = column.cell(point)
  if (column.name === 'batching')
    return cell(
      html`<span class="mode ${text === 'none' ? '' : point.point.batching.mode}">${text}</span>`,
      false,
    )
  if (column.name === 'outcome' || column.name === 'validity') {
    const good = text === 'within-slo' || text === 'VALID'
    return cell(text === '' ? '' : html`<span class="${good ? 'good' : 'bad'}">${text}</span>`, false)
  }
  return cell(text, column.numeric)
}
