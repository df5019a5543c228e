import { type CameraRow, worstCamerasFirst } from '../../analysis/camera-table.js'
import { batchingInWords, loadInWords } from '../format/point-words.js'
import type { RunAnalysis } from '../../analysis/run-analysis.js'
import { msInWords } from '../figures-in-words.js'
import { bestPoints } from '../plots/best-points.js'
import { html, type Html } from './html.js'
import { table } from './table.js'

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
