import { groupBy } from '../../analysis/group-by.js'
import type { PointSummary } from '../../analysis/point-summary.js'
import { modesOf } from '../format/point-words.js'
import type { RunAnalysis } from '../../analysis/run-analysis.js'
import { fpsInWords, spreadInWords } from '../figures-in-words.js'
import type { AbsentFigure, Figure } from './figure.js'
import { pointsAlike } from './headline-points.js'
import { panelAxis, panelLayout } from './panels.js'
import { sampleSizes } from './sample-sizes.js'

const id = 'batch-by-concurrency'
const title = 'Which batch size at which concurrency?'

/** FPS over batch size and frames in flight, one map a mode side by side on one colour scale. */
export function batchByConcurrency(analysis: RunAnalysis): Figure | AbsentFigure {
  const closed = pointsAlike(analysis, 'closed').filter(({ fps }) => fps !== undefined)
  const concurrencies = ascending(closed.map(inFlight))
  const sizes = ascending(closed.map(({ point }) => point.batching.batchSize))
  if (concurrencies.length < 2 || sizes.length < 2)
    return { id, title, reason: 'A run that sweeps `framesInFlight` and `batchSize` gives it.' }
  const byMode = [
    ...groupBy(
      closed.flatMap((point) => modesOf(point.point).map((mode) => ({ mode, point }))),
      ({ mode }) => mode,
    ),
  ]
  const values = closed.map(({ fps }) => fps!.median)
  const range = { zmin: Math.min(...values), zmax: Math.max(...values) }
  return {
    id,
    title,
    caption:
      `FPS, median of the repetitions, the best encoding and delay of each cell; an empty cell was not measured. ` +
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
          return found === undefined ? '' : fpsInWords(found.fps!.median)
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
          spreadInWords(point.fps),
          String(point.requestLatency.samples),
        ]),
      ),
    },
  }
}

function inFlight({ point }: PointSummary): number {
  return point.load.kind === 'closed' ? point.load.framesInFlight : 0
}

function ascending(values: number[]): number[] {
  return [...new Set(values)].toSorted((a, b) => a - b)
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
