import type { PointSummary } from '../../analysis/point-summary.js'
import { loadInWords } from '../format/point-words.js'
import type { RunAnalysis } from '../../analysis/run-analysis.js'
import { fpsInWords, msInWords } from '../figures-in-words.js'
import type { AbsentFigure, Figure } from './figure.js'
import { headlineCameraPoints, headlineClosedPoints } from './headline-points.js'
import { sampleSizes } from './sample-sizes.js'
import { deepestPercentile, latencyOf } from './shown-latency.js'

const id = 'batch-by-delay'
const title = 'Which batch size with which delay?'

/**
 * Server batching over batch size and maxBatchDelay: frame latency under the verdict's camera load, where the
 * delay matters; without cameras FPS under its closed load.
 */
export function batchByDelay(analysis: RunAnalysis): Figure | AbsentFigure {
  const cameras = headlineCameraPoints(analysis).filter(waits)
  const points = cameras.length > 0 ? cameras : headlineClosedPoints(analysis).filter(waits)
  const sizes = ascending(points.map(({ point }) => point.batching.batchSize))
  const delays = ascending(points.map(({ point }) => point.batching.maxBatchDelayMs!))
  if (sizes.length < 2 || delays.length < 2)
    return { id, title, reason: 'A run that sweeps `maxBatchDelayMs` and `batchSize` gives it.' }
  const percentile = deepestPercentile(points)
  const isLatency = cameras.length > 0
  const value = (point: PointSummary) =>
    isLatency ? latencyOf(point)?.[percentile]?.value : point.fps?.median
  const words = (point: PointSummary) =>
    isLatency ? msInWords(value(point)) : point.fps === undefined ? '' : fpsInWords(point.fps.median)
  const unit = isLatency ? `frame latency ${percentile} (ms)` : 'FPS'
  const cell = (delay: number, size: number) =>
    points.find(({ point }) => point.batching.batchSize === size && point.batching.maxBatchDelayMs === delay)
  const cells = delays.map((delay) => sizes.map((size) => cell(delay, size)))
  return {
    id,
    title,
    caption: `Server batching, ${unit}, with ${loadInWords(points[0]!.point.load)}; an empty cell was not measured or has too few samples. ${sampleSizes(points)}`,
    traces: [
      {
        type: 'heatmap',
        x: sizes.map(String),
        y: delays.map(String),
        z: cells.map((row) => row.map((point) => (point && value(point)) ?? null)),
        text: cells.map((row) => row.map((point) => (point === undefined ? '' : words(point)))),
        texttemplate: '%{text}',
        hovertemplate: `batch size %{x}, delay %{y} ms<br>%{text} ${isLatency ? 'ms' : 'FPS'}`,
        // As in batch-by-concurrency; bright is good in both.
        colorscale: 'Cividis',
        reversescale: isLatency,
        colorbar: { title: { text: isLatency ? 'ms' : 'FPS' }, thickness: 12 },
        xgap: 2,
        ygap: 2,
      },
    ],
    layout: {
      xaxis: { title: { text: 'batch size (frames)' }, type: 'category' },
      yaxis: { title: { text: 'maxBatchDelay (ms)' }, type: 'category' },
    },
    table: {
      columns: ['batch size', 'delay (ms)', unit, 'N requests'],
      rows: points.map((point) => [
        String(point.point.batching.batchSize),
        String(point.point.batching.maxBatchDelayMs),
        words(point),
        String(point.requestLatency.samples),
      ]),
    },
  }
}

function waits({ point: { batching } }: PointSummary): boolean {
  return batching.mode === 'server' && batching.maxBatchDelayMs !== undefined
}

function ascending(values: number[]): number[] {
  return [...new Set(values)].toSorted((a, b) => a - b)
}
