import { percentileNames, type PercentileName } from '../../scenario/grammar/metric.js'
import { plural } from '../../system/plural.js'
import type { BatchingMode } from '../../scenario/plan/plan.js'
import { batchingKey, batchingModes, groupBy } from '../../analysis/point-identity.js'
import type { PointSummary } from '../../analysis/point-summary.js'
import { formatBatching, formatPercentile } from '../format/format.js'
import type { RunAnalysis } from '../../analysis/analyse-run.js'
import {
  isSinglePlace,
  panelAxis,
  panelLayout,
  requires,
  sampleSizes,
  valueAxis,
  type AbsentFigure,
  type Figure,
} from './figure.js'
import { deepestPercentile, lineDash, modeColour, modeSymbol, pointsAlike } from './series.js'

const id = 'frame-latency-by-cameras'
const title = 'How many cameras before frames come too late?'

/** Frame latency against the number of cameras: one panel per mode, one curve per batch size, the SLO as a line. */
export function frameLatencyByCameras(analysis: RunAnalysis): Figure | AbsentFigure {
  const some = pointsAlike(analysis, 'cameras')
  if (some.length === 0) return { id, title, reason: requires.cameraLoad }
  if (isSinglePlace(some.map(cameras)))
    return { id, title, reason: 'Requires at least two numbers of cameras: sweep `load.cameras`.' }
  const percentile = deepestPercentile(some)
  const slo = some.find(({ point }) => point.slo !== undefined)?.point.slo
  const panels = [
    ...groupBy(
      some.flatMap((summary) => batchingModes(summary.point).map((mode) => ({ mode, summary }))),
      ({ mode }) => mode,
    ),
  ]
  const values = some.flatMap(({ frameLatency }) => frameLatency?.[percentile]?.value ?? [])
  return {
    id,
    title,
    caption:
      `Frame latency ${percentile} from the scheduled capture, repetitions pooled; the number at a curve is its batch ` +
      `size, bars are 95 % intervals${slo === undefined ? '' : `, the line is the SLO (p${slo.percentile} within ${slo.latencyMs} ms)`}. ` +
      `Open markers: overloaded; their latency depends on the length of the window. ${sampleSizes(some)}`,
    traces: panels.flatMap(([mode, entries], panel) =>
      groupIntoCurves(entries.map(({ summary }) => summary)).map((curve, variant) =>
        line(curve, { mode, panel, variant, percentile }),
      ),
    ),
    layout: {
      ...panelLayout(panels.map(([mode]) => camerasAxis(mode, some))),
      yaxis: valueAxis(`frame latency ${percentile} (ms)`, [
        ...values,
        ...(slo === undefined ? [] : [slo.latencyMs]),
      ]),
      showlegend: false,
      ...(slo === undefined ? {} : { shapes: [sloLine(slo.latencyMs)] }),
    },
    table: {
      columns: [
        'batching',
        'cameras',
        ...percentileNames.map((name) => `${name} (ms)`),
        'outcome',
        'N requests',
      ],
      rows: groupIntoCurves(some).flatMap((curve) =>
        curve.map((summary) => [
          formatBatching(summary.point),
          String(cameras(summary)),
          ...percentileNames.map((rank) => formatPercentile(summary.frameLatency?.[rank])),
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

/** One curve per batching, ordered by batch size; each ascending in cameras. */
function groupIntoCurves(points: PointSummary[]): PointSummary[][] {
  return [...groupBy(points, ({ point }) => batchingKey(point)).values()]
    .map((curve) => curve.toSorted((a, b) => cameras(a) - cameras(b)))
    .toSorted((a, b) => a[0]!.point.batching.batchSize - b[0]!.point.batching.batchSize)
}

function camerasAxis(mode: BatchingMode, points: PointSummary[]): object {
  const rates = [
    ...new Set(points.map(({ point }) => (point.load.kind === 'cameras' ? String(point.load.fps) : ''))),
  ]
  const counts = [...new Set(points.map(cameras))].toSorted((a, b) => a - b)
  const margin = (counts.at(-1)! - counts[0]!) * 0.12 + 0.3
  return {
    title: { text: `cameras, ${rates.join(' or ')} fps each<br><b>${mode} batching</b>` },
    tickvals: counts,
    range: [counts[0]! - margin, counts.at(-1)! + margin],
    zeroline: false,
  }
}

function line(
  curve: PointSummary[],
  place: { mode: BatchingMode; panel: number; variant: number; percentile: PercentileName },
): Figure['traces'][number] {
  const { mode, panel, variant, percentile } = place
  const known = curve.filter(({ frameLatency }) => frameLatency?.[percentile] !== undefined)
  const at = (summary: PointSummary) => summary.frameLatency![percentile]!
  const size = String(curve[0]!.point.batching.batchSize)
  return {
    type: 'scatter',
    mode: 'text+lines+markers',
    name: formatBatching(curve[0]!.point),
    x: known.map(cameras),
    y: known.map((summary) => at(summary).value),
    text: known.map((_, i) => (i === known.length - 1 ? ` ${size}` : '')),
    textposition: 'middle right',
    hovertext: known.map(
      (summary) =>
        `${formatBatching(summary.point)}<br>${plural(cameras(summary), 'camera')}: ${formatPercentile(at(summary))} ms` +
        `<br>${summary.outcome ?? ''}<br>N ${summary.requestLatency.samples} requests`,
    ),
    hoverinfo: 'text',
    error_y: {
      type: 'data',
      symmetric: false,
      array: known.map((summary) => at(summary).high - at(summary).value),
      arrayminus: known.map((summary) => at(summary).value - at(summary).low),
      thickness: 1.2,
      width: 3,
    },
    line: { color: modeColour[mode], dash: lineDash(variant), width: 2 },
    marker: {
      color: modeColour[mode],
      symbol: known.map(({ outcome }) => modeSymbol(mode, outcome === 'overloaded')),
      size: 8,
    },
    xaxis: panelAxis(panel),
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
