import type { PointSummary } from '../../analysis/point-summary.js'
import type { RunAnalysis } from '../../analysis/run-analysis.js'
import type { ResultColumn } from '../results-table.js'
import { resultColumns } from '../results-table.js'
import type { Html } from './html.js'
import { html } from './html.js'
import { cell, table } from './table.js'
import type { CameraRow } from '../../analysis/camera-table.js'
import { worstCamerasFirst } from '../../analysis/camera-table.js'
import { batchingInWords, loadInWords } from '../format/point.js'
import { msInWords } from '../format/numbers.js'
import { bestPoints } from '../plots/shown-points.js'

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

/** More cameras than these are in frames.csv. */
export const camerasShown = 12

/** What each camera got in the best point of each mode, the worst one named; of many, the worst dozen. */
export function camerasSection(analysis: RunAnalysis): Html | undefined {
  const shown = bestPoints(analysis).filter(({ cameras }) => cameras.length > 0)
  if (shown.length === 0) return undefined
  return html`<section aria-labelledby="each-camera">
    <h2 id="each-camera">Does every camera get its share?</h2>
    ${shown.map(({ point, cameras }) => {
      const worst = worstCamerasFirst(cameras)
      const named = worst[0]!
      const rows = worst.slice(0, camerasShown)
      return html`<h3>${batchingInWords(point)}, ${loadInWords(point.load)}</h3>
        <p>
          Worst: camera ${named.camera}, ${named.framesOk} of ${named.framesScheduled} frames answered,
          slowest ${msInWords(named.frameLatencyMaxMs)} ms. First
          repetition${rows.length < cameras.length ? `; the worst ${rows.length} of ${cameras.length} cameras` : ''}.
        </p>
        ${table(`Cameras of point ${point.id}`, columns, rows.map(cameraRow))}`
    })}
  </section>`
}

const columns = ['camera', 'frames', 'answered', 'dropped', 'p50 (ms)', 'p95 (ms)', 'slowest (ms)'].map(
  (name) => ({
    name,
    numeric: true,
  }),
)

function cameraRow(row: CameraRow): Html {
  const cells = [
    String(row.camera),
    String(row.framesScheduled),
    String(row.framesOk),
    String(row.framesDropped),
    msInWords(row.frameLatencyP50Ms),
    msInWords(row.frameLatencyP95Ms),
    msInWords(row.frameLatencyMaxMs),
  ]
  return html`<tr>
    ${cells.map((text) => html`<td class="number">${text}</td>`)}
  </tr>`
}
