import { groupBy } from '../../statistics/group-by.js'
import type { PointSummary } from '../../statistics/point-summary.js'
import { batchingInWords, loadInWords } from '../../statistics/point-words.js'
import type { RunAnalysis } from '../../statistics/run-analysis.js'
import type { AbsentFigure, Figure } from './figure.js'
import { sampleSizes } from './sample-sizes.js'
import { dashOf, modeColour, symbolOf } from './series.js'

const id = 'batch-formed'
const title = 'Does the server fill the batches asked for?'

/** Mean frames in the batches formed against the load, as a share of those asked. */
export function batchFormedFigure({ points }: RunAnalysis): Figure | AbsentFigure {
  const known = points.filter(
    ({ point, batchFormedMean }) => batchFormedMean !== undefined && point.batching.serverBatchSize > 1,
  )
  if (known.length === 0)
    return {
      id,
      title,
      reason: 'Server batching on a server whose log can be read tells it: ours, or a URL with `logFile`.',
    }
  const curves = [
    ...groupBy(
      known,
      ({ point }) => `${batchingInWords(point)}, ${point.load.kind === 'closed' ? 'closed' : 'cameras'}`,
    ),
  ]
  return {
    id,
    title,
    caption: `Mean frames in the batches that the server ran, as a share of the batch size asked for, against the frames that the load offers. ${sampleSizes(known)}`,
    traces: curves.map(([name, curve], i) => {
      const sorted = curve.toSorted((a, b) => loadOf(a) - loadOf(b))
      const { mode } = curve[0]!.point.batching
      return {
        type: 'scatter',
        mode: 'lines+markers',
        name,
        x: sorted.map(loadOf),
        y: sorted.map(shareFormed),
        text: sorted.map(
          ({ point, batchFormedMean, requestLatency }) =>
            `${batchFormedMean!.median.toFixed(2)} of ${point.batching.batchSize} frames<br>N ${requestLatency.samples} requests`,
        ),
        hovertemplate: '%{x}: %{text}',
        line: { color: modeColour[mode], dash: dashOf(i), width: 2 },
        marker: { color: modeColour[mode], symbol: symbolOf(mode, i % 2 === 1), size: 8 },
      }
    }),
    layout: {
      xaxis: { title: { text: 'cameras, or frames in flight' }, rangemode: 'tozero', zeroline: false },
      yaxis: { title: { text: 'formed ÷ asked (%)' }, range: [0, 105], zeroline: false },
    },
    table: {
      columns: ['batching', 'load', 'asked', 'formed', 'N requests'],
      rows: known.map(({ point, batchFormedMean, requestLatency }) => [
        batchingInWords(point),
        loadInWords(point.load),
        String(point.batching.batchSize),
        batchFormedMean!.median.toFixed(2),
        String(requestLatency.samples),
      ]),
    },
  }
}

function loadOf({ point: { load } }: PointSummary): number {
  return load.kind === 'closed' ? load.framesInFlight : load.cameras
}

function shareFormed({ point, batchFormedMean }: PointSummary): number {
  return (100 * batchFormedMean!.median) / point.batching.batchSize
}
