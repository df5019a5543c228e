import { bySizeInWords } from '../../analysis/batch-sizes.js'
import { formatPercent } from '../format/numbers.js'
import { groupBy } from '../../analysis/group-by.js'
import type { PointSummary } from '../../analysis/point-summary.js'
import { formatBatching, formatLoad } from '../format/point.js'
import type { RunAnalysis } from '../../analysis/run-analysis.js'
import type { AbsentFigure, Figure } from './figure.js'
import { pointsAlike } from './shown-points.js'
import { sampleSizes } from './figure.js'
import { dashOf, modeColour, symbolOf } from './series.js'

const id = 'batch-formed'
const title = 'Does the server fill the batches asked for?'

/** Mean frames in the batches formed against the load, as a share of those asked. */
export function batchFormedFigure(analysis: RunAnalysis): Figure | AbsentFigure {
  const all = analysis.points.filter(tells)
  const kind = all.some(({ point }) => point.load.kind === 'cameras') ? 'cameras' : 'closed'
  const known = pointsAlike(analysis, kind).filter(tells)
  if (known.length === 0)
    return {
      id,
      title,
      reason: 'Server batching on a server whose log can be read tells it: ours, or a URL with `logFile`.',
    }
  const curves = [...groupBy(known, ({ point }) => formatBatching(point)).values()].map((curve) =>
    curve.toSorted((a, b) => loadOf(a) - loadOf(b)),
  )
  const loads = [...new Set(known.map(loadOf))].toSorted((a, b) => a - b)
  return {
    id,
    title,
    caption:
      'Mean frames in the batches that the server ran, as a share of the batch size asked for; the number at a curve is ' +
      `the batch size asked. ${sampleSizes(known)}`,
    traces: curves.map((curve, i) => {
      const { mode, batchSize } = curve[0]!.point.batching
      return {
        type: 'scatter',
        mode: 'text+lines+markers',
        x: curve.map(loadOf),
        y: curve.map(shareFormed),
        text: curve.map((_, place) => (place === 0 ? `${batchSize} ` : '')),
        textposition: 'middle left',
        hovertext: curve.map(
          ({ point, batchFormedMean, requestLatency }) =>
            `${formatBatching(point)}<br>${formatLoad(point.load)}<br>` +
            `${batchFormedMean!.median.toFixed(2)} of ${batchSize} frames<br>N ${requestLatency.samples} requests`,
        ),
        hoverinfo: 'text',
        line: { color: modeColour[mode], dash: dashOf(i), width: 2 },
        marker: { color: modeColour[mode], symbol: symbolOf(mode), size: 8 },
      }
    }),
    layout: {
      showlegend: false,
      xaxis: {
        title: { text: kind === 'cameras' ? 'cameras' : 'frames in flight' },
        tickvals: loads,
        range: [loads[0]! - 0.15 * loads.at(-1)!, 1.08 * loads.at(-1)!],
        zeroline: false,
      },
      yaxis: { title: { text: 'formed ÷ asked (%)' }, range: [0, 108], zeroline: false },
    },
    table: {
      columns: [
        'batching',
        'load',
        'asked',
        'formed',
        'full',
        'sent by the delay',
        'frames:batches',
        'N requests',
      ],
      rows: all.map(({ point, batchFormedMean, batchSizes, requestLatency }) => [
        formatBatching(point),
        formatLoad(point.load),
        String(point.batching.batchSize),
        batchFormedMean!.median.toFixed(2),
        formatPercent(batchSizes?.fullShare),
        formatPercent(batchSizes?.delayShare),
        batchSizes === undefined ? '' : bySizeInWords(batchSizes),
        String(requestLatency.samples),
      ]),
    },
  }
}

function tells({ point, batchFormedMean }: PointSummary): boolean {
  return batchFormedMean !== undefined && point.batching.serverBatchSize > 1
}

function loadOf({ point: { load } }: PointSummary): number {
  return load.kind === 'closed' ? load.framesInFlight : load.cameras
}

function shareFormed({ point, batchFormedMean }: PointSummary): number {
  return (100 * batchFormedMean!.median) / point.batching.batchSize
}
