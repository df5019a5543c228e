import { formatBatchSizes, formatBatching, formatLoad, formatPercent } from '../format/format.js'
import { groupBy } from '../../analysis/point-identity.js'
import type { PointSummary } from '../../analysis/point-summary.js'
import type { RunAnalysis } from '../../analysis/analyse-run.js'
import { lineDash, modeColour, modeSymbol, pointsAlike } from './series.js'
import { isSinglePlace, requires, sampleSizes, type AbsentFigure, type Figure } from './figure.js'

const id = 'batch-formed'
const title = 'Does the server fill its batches?'

/** Mean frames in the batches formed against the load, as a share of the configured batch size. */
export function batchFormedFigure(analysis: RunAnalysis): Figure | AbsentFigure {
  const all = analysis.points.filter(knowsBatches)
  const kind = all.some(({ point }) => point.load.kind === 'cameras') ? 'cameras' : 'closed'
  const known = pointsAlike(analysis, kind).filter(knowsBatches)
  if (known.length === 0) return { id, title, reason: `Requires server batching. ${requires.batchLog}` }
  if (isSinglePlace(known.map(loadSize))) return { id, title, reason: requires.loads }
  const curves = [...groupBy(known, ({ point }) => formatBatching(point)).values()].map((curve) =>
    curve.toSorted((a, b) => loadSize(a) - loadSize(b)),
  )
  const loads = [...new Set(known.map(loadSize))].toSorted((a, b) => a - b)
  return {
    id,
    title,
    caption:
      'Mean frames in the batches that the server ran, as a share of the configured batch size; the number at a curve ' +
      `is the configured batch size. ${sampleSizes(known)}`,
    traces: curves.map((curve, i) => {
      const { mode, batchSize } = curve[0]!.point.batching
      return {
        type: 'scatter',
        mode: 'text+lines+markers',
        x: curve.map(loadSize),
        y: curve.map(shareFormed),
        text: curve.map((_, place) => (place === 0 ? `${batchSize} ` : '')),
        textposition: 'middle left',
        hovertext: curve.map(
          ({ point, batchFormedMean, requestLatency }) =>
            `${formatBatching(point)}<br>${formatLoad(point.load)}<br>` +
            `${batchFormedMean!.median.toFixed(2)} of ${batchSize} frames<br>N ${requestLatency.samples} requests`,
        ),
        hoverinfo: 'text',
        line: { color: modeColour[mode], dash: lineDash(i), width: 2 },
        marker: { color: modeColour[mode], symbol: modeSymbol(mode), size: 8 },
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
      yaxis: { title: { text: 'formed ÷ configured (%)' }, range: [0, 108], zeroline: false },
    },
    table: {
      columns: [
        'batching',
        'load',
        'configured',
        'formed',
        'full',
        'sent by delay',
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
        batchSizes === undefined ? '' : formatBatchSizes(batchSizes),
        String(requestLatency.samples),
      ]),
    },
  }
}

function knowsBatches({ point, batchFormedMean }: PointSummary): boolean {
  return batchFormedMean !== undefined && point.batching.serverBatchSize > 1
}

function loadSize({ point: { load } }: PointSummary): number {
  return load.kind === 'closed' ? load.framesInFlight : load.cameras
}

function shareFormed({ point, batchFormedMean }: PointSummary): number {
  return (100 * batchFormedMean!.median) / point.batching.batchSize
}
