import type { PointSummary } from '../../analysis/point-summary.js'
import { batchingModes, groupBy } from '../../analysis/point-identity.js'
import { formatFps, formatLoad, formatMs, formatSpread } from '../format/format.js'
import type { RunAnalysis } from '../../analysis/analyse-run.js'
import { panelAxis, panelLayout, sampleSizes, type AbsentFigure, type Figure } from './figure.js'
import {
  deepestPercentile,
  headlineCameraPoints,
  headlineClosedPoints,
  pointsAlike,
  shownLatency,
} from './series.js'

/**
 * Server batching by batch size and maxBatchDelay: frame latency under the verdict's camera load, or FPS under its closed
 * load if there are no cameras.
 */
export function batchByDelay(analysis: RunAnalysis): Figure | AbsentFigure {
  const id = 'batch-by-delay'
  const title = 'Which batch size with which delay?'
  const cameras = headlineCameraPoints(analysis).filter(waits)
  const points = cameras.length > 0 ? cameras : headlineClosedPoints(analysis).filter(waits)
  const sizes = ascending(points.map(({ point }) => point.batching.batchSize))
  const delays = ascending(points.map(({ point }) => point.batching.maxBatchDelayMs!))
  if (sizes.length < 2 || delays.length < 2)
    return { id, title, reason: 'Requires a sweep of both `maxBatchDelayMs` and `batchSize`.' }
  const percentile = deepestPercentile(points)
  const isLatency = cameras.length > 0
  const value = (point: PointSummary) =>
    isLatency ? shownLatency(point)?.[percentile]?.value : point.fps?.median
  const words = (point: PointSummary) =>
    isLatency ? formatMs(value(point)) : point.fps === undefined ? '' : formatFps(point.fps.median)
  const unit = isLatency ? `frame latency ${percentile} (ms)` : 'FPS'
  const cell = (delay: number, size: number) =>
    points.find(({ point }) => point.batching.batchSize === size && point.batching.maxBatchDelayMs === delay)
  const cells = delays.map((delay) => sizes.map((size) => cell(delay, size)))
  return {
    id,
    title,
    caption: `Server batching, ${unit}, with ${formatLoad(points[0]!.point.load)}; empty: not measured, or too few samples. ${sampleSizes(points)}`,
    traces: [
      {
        type: 'heatmap',
        x: sizes.map(String),
        y: delays.map(String),
        z: cells.map((row) => row.map((point) => (point && value(point)) ?? null)),
        text: cells.map((row) => row.map((point) => (point === undefined ? '' : words(point)))),
        texttemplate: '%{text}',
        hovertemplate: `batch size %{x}, delay %{y} ms<br>%{text} ${isLatency ? 'ms' : 'FPS'}`,
        // As in batch-by-concurrency: bright is good.
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

/** FPS over batch size and frames in flight, one map per mode, side by side on one colour scale. */
export function batchByConcurrency(analysis: RunAnalysis): Figure | AbsentFigure {
  const id = 'batch-by-concurrency'
  const title = 'Which batch size at which concurrency?'
  const closed = pointsAlike(analysis, 'closed').filter(({ fps }) => fps !== undefined)
  const concurrencies = ascending(closed.map(inFlight))
  const sizes = ascending(closed.map(({ point }) => point.batching.batchSize))
  if (concurrencies.length < 2 || sizes.length < 2)
    return { id, title, reason: 'Requires a sweep of both `framesInFlight` and `batchSize`.' }
  const byMode = [
    ...groupBy(
      closed.flatMap((point) => batchingModes(point.point).map((mode) => ({ mode, point }))),
      ({ mode }) => mode,
    ),
  ]
  const values = closed.map(({ fps }) => fps!.median)
  const range = { zmin: Math.min(...values), zmax: Math.max(...values) }
  return {
    id,
    title,
    caption:
      `FPS, median of the repetitions, the best encoding, protocol and delay of each cell; empty: not measured. ` +
      sampleSizes(closed),
    traces: byMode.map(([mode, entries], i) => ({
      type: 'heatmap',
      name: `${mode} batching`,
      x: sizes.map(String),
      y: concurrencies.map(String),
      z: concurrencies.map((concurrency) =>
        sizes.map((size) => best(entries, size, concurrency)?.fps?.median ?? null),
      ),
      text: concurrencies.map((concurrency) =>
        sizes.map((size) => {
          const found = best(entries, size, concurrency)
          return found === undefined ? '' : formatFps(found.fps!.median)
        }),
      ),
      texttemplate: '%{text}',
      hovertemplate: `${mode} batching<br>batch size %{x}, %{y} frames in flight<br>%{text} FPS`,
      ...range,
      // Cividis reads the same with and without colour vision (Nuñez et al., PLOS ONE 2018).
      colorscale: 'Cividis',
      showscale: i === byMode.length - 1,
      colorbar: { title: { text: 'FPS' }, thickness: 12 },
      xgap: 2,
      ygap: 2,
      xaxis: panelAxis(i),
    })),
    layout: {
      ...panelLayout(
        byMode.map(([mode]) => ({
          title: { text: `batch size<br><b>${mode} batching</b>` },
          type: 'category' as const,
        })),
      ),
      yaxis: { title: { text: 'frames in flight' }, type: 'category' },
    },
    table: {
      columns: ['mode', 'batch size', 'frames in flight', 'FPS', 'N requests'],
      rows: byMode.flatMap(([mode, entries]) =>
        entries.map(({ point }) => [
          mode,
          String(point.point.batching.batchSize),
          String(inFlight(point)),
          formatSpread(point.fps),
          String(point.requestLatency.samples),
        ]),
      ),
    },
  }
}

function inFlight({ point }: PointSummary): number {
  return point.load.kind === 'closed' ? point.load.framesInFlight : 0
}

function best(
  entries: { point: PointSummary }[],
  size: number,
  concurrency: number,
): PointSummary | undefined {
  return entries
    .map(({ point }) => point)
    .filter((point) => point.point.batching.batchSize === size && inFlight(point) === concurrency)
    .toSorted((a, b) => b.fps!.median - a.fps!.median)[0]
}
