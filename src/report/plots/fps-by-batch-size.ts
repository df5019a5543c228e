import { plural } from '../../system/plural.js'
import { formatBatching, formatFps, formatLoad, formatSpread } from '../format/format.js'
import type { RunAnalysis } from '../../analysis/analyse-run.js'
import {
  batchSizeAxis,
  beside,
  isSinglePlace,
  requires,
  sampleSizes,
  valueAxis,
  type AbsentFigure,
  type Figure,
} from './figure.js'
import {
  groupIntoSeries,
  headlineClosedPoints,
  lineDash,
  modeColour,
  modeSymbol,
  type Series,
} from './series.js'

const id = 'fps-by-batch-size'
const title = 'Which batch size has the higher ceiling?'

/** FPS, and goodput if it is lower, against batch size under the closed load with the highest ceiling. */
export function fpsByBatchSize(analysis: RunAnalysis): Figure | AbsentFigure {
  const points = headlineClosedPoints(analysis)
  const series = groupIntoSeries(points)
  if (points.length === 0) return { id, title, reason: requires.closedLoad }
  if (isSinglePlace(points.map(({ point }) => point.batching.batchSize)))
    return { id, title, reason: requires.batchSizes }
  const values = points.flatMap(({ fps, goodputFps }) => [fps?.max ?? 0, goodputFps?.median ?? 0])
  const load = formatLoad(points[0]!.point.load)
  return {
    id,
    title,
    caption:
      `FPS with ${load}: median of the repetitions, bars from the lowest to the highest. ` +
      `Dotted: goodput, if it is lower. ${sampleSizes(points)}`,
    traces: [
      ...series.map((one) => line(one, 'fps')),
      ...series.filter(losesFrames).map((one) => line(one, 'goodputFps')),
    ],
    layout: {
      xaxis: batchSizeAxis(points.map(({ point }) => point.batching.batchSize)),
      yaxis: valueAxis('frames per second', values),
    },
    table: {
      columns: ['series', 'batch size', 'FPS', 'goodput', 'N requests'],
      rows: series.flatMap(({ name, points }) =>
        points.map(({ point, fps, goodputFps, requestLatency }) => [
          name,
          String(point.batching.batchSize),
          formatSpread(fps),
          formatSpread(goodputFps),
          String(requestLatency.samples),
        ]),
      ),
    },
  }
}

function losesFrames({ points }: Series): boolean {
  return points.some(
    ({ fps, goodputFps }) =>
      fps !== undefined && goodputFps !== undefined && goodputFps.median < 0.99 * fps.median,
  )
}

function line(
  { name, mode, variant, points }: Series,
  figure: 'fps' | 'goodputFps',
): Figure['traces'][number] {
  const known = points.filter((point) => point[figure] !== undefined)
  const isGoodput = figure === 'goodputFps'
  return {
    type: 'scatter',
    mode: 'lines+markers',
    name: isGoodput ? `${name}: goodput` : name,
    showlegend: !isGoodput,
    x: known.map(({ point }) => beside(point.batching.batchSize, mode)),
    y: known.map((point) => point[figure]!.median),
    hovertext: known.map(
      (point) =>
        `${formatBatching(point.point)}<br>${formatFps(point[figure]!.median)} FPS<br>${plural(point.repetitionsUsed, 'repetition')}, N ${point.requestLatency.samples}`,
    ),
    hoverinfo: 'text',
    error_y: {
      type: 'data',
      symmetric: false,
      array: known.map((point) => point[figure]!.max - point[figure]!.median),
      arrayminus: known.map((point) => point[figure]!.median - point[figure]!.min),
      thickness: 1.5,
      width: 4,
    },
    line: {
      color: modeColour[mode],
      dash: isGoodput ? 'dot' : lineDash(variant),
      width: isGoodput ? 1.5 : 2.5,
    },
    marker: { color: modeColour[mode], symbol: modeSymbol(mode), size: isGoodput ? 6 : 9 },
  }
}
