import { percentileNames, type PercentileName } from '../../scenario/grammar/metric.js'
import type { LatencySummary } from '../../analysis/percentile.js'
import type { PointSummary } from '../../analysis/point-summary.js'
import { capitalize, formatBatching, formatLoad, formatPercentile } from '../format/format.js'
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
  headlineCameraPoints,
  headlineClosedPoints,
  modeColour,
  modeSymbol,
  type Series,
} from './series.js'

const percentileDash = { p50: 'solid', p95: 'dash', p99: 'dot' } as const

/** Request latency against batch size under the closed load of the ceiling. */
export function requestLatencyByBatchSize(analysis: RunAnalysis): Figure | AbsentFigure {
  const id = 'request-latency-by-batch-size'
  const title = 'What does a larger batch cost in latency?'
  const points = headlineClosedPoints(analysis)
  if (points.length === 0) return { id, title, reason: requires.closedLoad }
  return latencyFigure({
    id,
    title,
    points,
    word: 'request latency',
    of: ({ requestLatency }) => requestLatency,
  })
}

/** Frame latency against batch size under the camera load of the verdict. */
export function frameLatencyByBatchSize(analysis: RunAnalysis): Figure | AbsentFigure {
  const id = 'frame-latency-by-batch-size'
  const title = 'Which batch size has the lower frame latency?'
  const points = headlineCameraPoints(analysis)
  if (points.length === 0) return { id, title, reason: requires.cameraLoad }
  return latencyFigure({ id, title, points, word: 'frame latency', of: ({ frameLatency }) => frameLatency })
}

interface LatencyQuestion {
  id: string
  title: string
  points: PointSummary[]
  word: string
  of: (point: PointSummary) => LatencySummary | undefined
}

function latencyFigure({ id, title, points, word, of }: LatencyQuestion): Figure | AbsentFigure {
  if (isSinglePlace(points.map(({ point }) => point.batching.batchSize)))
    return { id, title, reason: requires.batchSizes }
  const shown = shownPercentiles(points, of)
  const series = groupIntoSeries(points)
  const values = points.flatMap((point) => shown.flatMap((name) => of(point)?.[name]?.value ?? []))
  return {
    id,
    title,
    caption:
      `${capitalize(word)} with ${formatLoad(points[0]!.point.load)}, repetitions pooled: ` +
      `${shown.map((name) => `${name} ${{ solid: 'solid', dash: 'dashed', dot: 'dotted' }[percentileDash[name]]}`).join(', ')}; ` +
      `bars are 95 % order-statistic intervals. A percentile with too few samples is left out. ` +
      `${points.some(({ outcome }) => outcome === 'overloaded') ? 'Open markers: overloaded. ' : ''}${sampleSizes(points)}`,
    traces: series.flatMap((one) => shown.map((name) => line(one, name, of))),
    layout: {
      xaxis: batchSizeAxis(points.map(({ point }) => point.batching.batchSize)),
      yaxis: valueAxis(`${word} (ms)`, values),
    },
    table: {
      columns: ['series', 'batch size', ...percentileNames.map((name) => `${name} (ms)`), 'N requests'],
      rows: series.flatMap(({ name, points }) =>
        points.map((point) => [
          name,
          String(point.point.batching.batchSize),
          ...percentileNames.map((percentile) => formatPercentile(of(point)?.[percentile])),
          String(point.requestLatency.samples),
        ]),
      ),
    },
  }
}

/** The median and the deepest percentile that at least half of the points have. */
function shownPercentiles(points: PointSummary[], of: LatencyQuestion['of']): PercentileName[] {
  const share = (name: PercentileName) =>
    points.filter((point) => of(point)?.[name] !== undefined).length / points.length
  const deepest = percentileNames.toReversed().find((name) => share(name) >= 0.5)
  return deepest === undefined || deepest === 'p50' ? ['p50'] : ['p50', deepest]
}

function line(
  { name, mode, variant, points }: Series,
  percentile: PercentileName,
  of: LatencyQuestion['of'],
): Figure['traces'][number] {
  const known = points.filter((point) => of(point)?.[percentile] !== undefined)
  const at = (point: PointSummary) => of(point)![percentile]!
  return {
    type: 'scatter',
    mode: 'lines+markers',
    name,
    showlegend: percentile === 'p50',
    x: known.map(({ point }) => beside(point.batching.batchSize, mode)),
    y: known.map((point) => at(point).value),
    hovertext: known.map(
      (point) =>
        `${formatBatching(point.point)}<br>${percentile} ${formatPercentile(at(point))} ms` +
        `<br>${point.outcome ?? ''} N ${point.requestLatency.samples} requests`,
    ),
    hoverinfo: 'text',
    error_y: {
      type: 'data',
      symmetric: false,
      array: known.map((point) => at(point).high - at(point).value),
      arrayminus: known.map((point) => at(point).value - at(point).low),
      thickness: 1.5,
      width: 4,
    },
    line: {
      color: modeColour[mode],
      dash: percentileDash[percentile],
      // Further encodings, protocols and delays of a mode are thinner: the dash already stands for the percentile.
      width: Math.max(0.75, (percentile === 'p50' ? 2.5 : 1.5) - 0.5 * variant),
    },
    marker: {
      color: modeColour[mode],
      symbol: known.map(({ outcome }) => modeSymbol(mode, outcome === 'overloaded')),
      size: 8,
    },
  }
}
