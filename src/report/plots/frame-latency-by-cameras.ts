import { groupBy } from '../../statistics/group-by.js'
import type { ReportedPercentile } from '../../statistics/latency-summary.js'
import { reportedPercentiles } from '../../statistics/latency-summary.js'
import type { PointSummary } from '../../statistics/point-summary.js'
import { batchingInWords } from '../../statistics/point-words.js'
import type { RunAnalysis } from '../../statistics/run-analysis.js'
import { valueAxis } from './axes.js'
import type { AbsentFigure, Figure } from './figure.js'
import { sampleSizes } from './sample-sizes.js'
import { intervalInWords } from './latency-by-batch-size.js'
import { deepestPercentile } from './shown-latency.js'
import { dashOf, modeColour, symbolOf } from './series.js'

const id = 'frame-latency-by-cameras'
const title = 'How many cameras before frames come too late?'

/** Frame latency against the number of cameras, one curve a batching, with the SLO as a line. */
export function frameLatencyByCameras({ points }: RunAnalysis): Figure | AbsentFigure {
  const some = points.filter(({ point }) => point.load.kind === 'cameras')
  if (some.length === 0)
    return { id, title, reason: 'A run with `load: { kind: cameras, cameras: [2, 4, 6], … }` gives it.' }
  const percentile = deepestPercentile(some)
  const slo = some.find(({ point }) => point.slo !== undefined)?.point.slo
  const curves = [...groupBy(some, ({ point }) => batchingInWords(point))]
  const values = some.flatMap(({ frameLatency }) => frameLatency?.[percentile]?.value ?? [])
  return {
    id,
    title,
    caption:
      `Frame latency ${percentile} from the scheduled capture, repetitions pooled; bars are 95 % intervals` +
      `${slo === undefined ? '' : `; the line is the SLO, p${slo.percentile} within ${slo.latencyMs} ms`}. ` +
      `Open markers: overloaded, where latency depends on how long one measures. ${sampleSizes(some)}`,
    traces: curves.map(([name, curve]) => line(name, curve, percentile, curves)),
    layout: {
      xaxis: {
        title: { text: `cameras (${rates(some)} fps each)` },
        zeroline: false,
        tickvals: cameraCounts(some),
      },
      yaxis: valueAxis(`frame latency ${percentile} (ms)`, [
        ...values,
        ...(slo === undefined ? [] : [slo.latencyMs]),
      ]),
      ...(slo === undefined ? {} : { shapes: [sloLine(slo.latencyMs)] }),
    },
    table: {
      columns: [
        'batching',
        'cameras',
        ...reportedPercentiles.map((name) => `${name} (ms)`),
        'outcome',
        'N requests',
      ],
      rows: curves.flatMap(([name, curve]) =>
        curve
          .toSorted(byCameras)
          .map((summary) => [
            name,
            String(cameras(summary)),
            ...reportedPercentiles.map((rank) => intervalInWords(summary.frameLatency?.[rank])),
            summary.outcome ?? '',
            String(summary.requestLatency.samples),
          ]),
      ),
    },
  }
}

function cameras({ point }: PointSummary): number {
  return point.load.kind === 'cameras' ? point.load.cameras : 0
}

function byCameras(a: PointSummary, b: PointSummary): number {
  return cameras(a) - cameras(b)
}

function cameraCounts(points: PointSummary[]): number[] {
  return [...new Set(points.map(cameras))].toSorted((a, b) => a - b)
}

function rates(points: PointSummary[]): string {
  return [
    ...new Set(points.map(({ point }) => (point.load.kind === 'cameras' ? String(point.load.fps) : ''))),
  ].join(', ')
}

function line(
  name: string,
  curve: PointSummary[],
  percentile: ReportedPercentile,
  all: [string, PointSummary[]][],
): Figure['traces'][number] {
  const known = curve
    .filter(({ frameLatency }) => frameLatency?.[percentile] !== undefined)
    .toSorted(byCameras)
  const { mode } = curve[0]!.point.batching
  const variant = all
    .filter(([, other]) => other[0]!.point.batching.mode === mode)
    .findIndex(([other]) => other === name)
  const at = (summary: PointSummary) => summary.frameLatency![percentile]!
  return {
    type: 'scatter',
    mode: 'lines+markers',
    name,
    x: known.map(cameras),
    y: known.map((summary) => at(summary).value),
    text: known.map(
      (summary) =>
        `${intervalInWords(at(summary))} ms<br>${summary.outcome ?? ''}<br>N ${summary.requestLatency.samples} requests`,
    ),
    hovertemplate: '%{x} cameras<br>%{text}',
    error_y: {
      type: 'data',
      symmetric: false,
      array: known.map((summary) => at(summary).high - at(summary).value),
      arrayminus: known.map((summary) => at(summary).value - at(summary).low),
      thickness: 1.2,
      width: 3,
    },
    line: { color: modeColour[mode], dash: dashOf(variant), width: 2 },
    marker: {
      color: modeColour[mode],
      symbol: known.map(({ outcome }) => symbolOf(mode, outcome === 'overloaded')),
      size: 8,
    },
  }
}

function sloLine(latencyMs: number): object {
  return {
    type: 'line',
    xref: 'paper',
    x0: 0,
    x1: 1,
    y0: latencyMs,
    y1: latencyMs,
    line: { color: '#cc79a7', width: 2, dash: 'longdash' },
    label: { text: `SLO ${latencyMs} ms`, textposition: 'start', yanchor: 'bottom' },
  }
}
