import { worstCamerasFirst, type CameraRow } from '../../analysis/camera-table.js'
import type { RunAnalysis } from '../../analysis/analyse-run.js'
import { formatBatching, formatLoad, formatMs } from '../format/format.js'
import { bestPoints } from '../plots/series.js'
import type { PointSummary } from '../../analysis/point-summary.js'
import { failuresTable } from '../failures-table.js'
import { confirmingLegend, resultsTable } from '../results-table.js'
import { networkLegend, sitesSentences, sitesTable } from '../sites-table.js'
import { html, renderHtmlTable, type Html } from './html.js'
import { tableOfItems, type ItemColumn } from '../table/table.js'

/** Every point with its figures. The points that the verdict names are highlighted. */
export function resultsSection(analysis: RunAnalysis): Html {
  const { verdict } = analysis
  const named = new Set(
    [verdict.ceiling, verdict.latency].flatMap((one) => one?.modes.map(({ point }) => point) ?? []),
  )
  const part = (title: string, kind: 'closed' | 'cameras') => {
    const table = resultsTable(title, { analysis, kind }, named)
    if (table === undefined) return undefined
    const legend = confirmingLegend({ analysis, kind })
    return html`<h3>${title}</h3>
      ${renderHtmlTable(table)} ${legend !== undefined && html`<p class="quiet">${legend}</p>`}`
  }
  return html`<section aria-labelledby="results">
    <h2 id="results">Results</h2>
    <p>
      FPS and goodput: median and range of the repetitions. Latencies in ms, over the requests of all
      repetitions; empty if there are too few for the percentile. Bold: the points that the verdict names.
    </p>
    ${part('Closed load: throughput of the server and its request latency', 'closed')}
    ${part('Camera load: latency of a frame from its capture', 'cameras')}
  </section>`
}

/** With agents: the figures of each site. */
export function sitesSection(analysis: RunAnalysis): Html | undefined {
  const table = sitesTable(analysis)
  if (table === undefined) return undefined
  return html`<section aria-labelledby="sites">
    <h2 id="sites">Results by site</h2>
    ${sitesSentences(analysis).map((sentence) => html`<p>${sentence}</p>`)} ${renderHtmlTable(table)}
    <p class="quiet">${networkLegend(analysis)}</p>
  </section>`
}

/** What failed, what it means and what to do. */
export function failuresSection(points: readonly PointSummary[]): Html | undefined {
  const failures = failuresTable(points)
  if (failures === undefined) return undefined
  return html`<section aria-labelledby="failures">
    <h2 id="failures">What failed?</h2>
    ${renderHtmlTable(failures.table)}
    <p>${failures.more}</p>
  </section>`
}

/** All other cameras are in frames.csv only. */
export const camerasShown = 12

/** The cameras of the best point of each mode, the slowest first; at most a dozen per point. */
export function camerasSection(analysis: RunAnalysis): Html | undefined {
  const shown = bestPoints(analysis).filter(({ cameras }) => cameras.length > 0)
  if (shown.length === 0) return undefined
  return html`<section aria-labelledby="each-camera">
    <h2 id="each-camera">Is every camera served equally?</h2>
    ${shown.map(({ point, cameras }) => {
      const worst = worstCamerasFirst(cameras)
      const named = worst[0]!
      const rows = worst.slice(0, camerasShown)
      return html`<h3>${formatBatching(point)}, ${formatLoad(point.load)}</h3>
        <p>
          Worst: camera ${named.camera}, ${named.framesOk} of ${named.framesScheduled} frames answered,
          slowest ${formatMs(named.frameLatencyMaxMs)} ms. First
          repetition${rows.length < cameras.length ? `; the worst ${rows.length} of ${cameras.length} cameras` : ''}.
        </p>
        ${renderHtmlTable(tableOfItems(`Cameras of point ${point.id}`, cameraColumns, rows))}`
    })}
  </section>`
}

const cameraColumns: ItemColumn<CameraRow>[] = [
  { header: 'camera', align: 'right', cell: ({ camera }) => String(camera) },
  { header: 'frames', align: 'right', cell: ({ framesScheduled }) => String(framesScheduled) },
  { header: 'answered', align: 'right', cell: ({ framesOk }) => String(framesOk) },
  { header: 'dropped', align: 'right', cell: ({ framesDropped }) => String(framesDropped) },
  { header: 'p50 (ms)', align: 'right', cell: ({ frameLatencyP50Ms }) => formatMs(frameLatencyP50Ms) },
  { header: 'p95 (ms)', align: 'right', cell: ({ frameLatencyP95Ms }) => formatMs(frameLatencyP95Ms) },
  { header: 'slowest (ms)', align: 'right', cell: ({ frameLatencyMaxMs }) => formatMs(frameLatencyMaxMs) },
]
