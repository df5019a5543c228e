import { batchingModes, groupBy } from '../../analysis/point-identity.js'
import type { PointSummary } from '../../analysis/point-summary.js'
import { formatBatching, formatFps, formatLoad, formatMs } from '../format/format.js'
import type { RunAnalysis } from '../../analysis/analyse-run.js'
import type { BatchingMode } from '../../scenario/plan/plan.js'
import { sampleSizes, valueAxis, type AbsentFigure, type Figure } from './figure.js'
import {
  deepestPercentile,
  latencyWord,
  modeColour,
  modeSymbol,
  pointsAlike,
  shownLatency,
} from './series.js'

const id = 'goodput-frontier'
const title = 'How much goodput at which latency?'

interface Cell {
  summary: PointSummary
  latencyMs: number
  goodputFps: number
}

/**
 * Goodput against latency, every point of one kind of load; the line of each mode joins the points that no other
 * point of that mode beats in both.
 */
export function goodputFrontier(analysis: RunAnalysis): Figure | AbsentFigure {
  const kind = analysis.points.some(({ point }) => point.load.kind === 'cameras') ? 'cameras' : 'closed'
  const some = pointsAlike(analysis, kind).filter(({ goodputFps }) => goodputFps !== undefined)
  if (some.length === 0) return { id, title, reason: 'Requires an SLO: `slo: { latencyMs: … }`.' }
  const percentile = deepestPercentile(some)
  const cells = some.flatMap((summary): Cell[] => {
    const latency = shownLatency(summary)?.[percentile]
    return latency === undefined
      ? []
      : [{ summary, latencyMs: latency.value, goodputFps: summary.goodputFps!.median }]
  })
  if (cells.length === 1)
    return { id, title, reason: 'Requires at least two points: one point has no frontier.' }
  const byMode = groupBy(
    cells.flatMap((cell) => batchingModes(cell.summary.point).map((mode) => ({ mode, cell }))),
    ({ mode }) => mode,
  )
  const sloMs = some[0]!.point.slo?.latencyMs
  const word = latencyWord(kind)
  return {
    id,
    title,
    caption:
      `Goodput and ${word} ${percentile} of each point under ${kind === 'closed' ? 'closed' : 'camera'} load; up and left ` +
      `is better. The number is the batch size; the line is the frontier of the mode. ${sampleSizes(some)}`,
    traces: [...byMode].flatMap(([mode, entries]) => [
      markers(
        mode,
        entries.map(({ cell }) => cell),
      ),
      frontierLine(mode, frontier(entries.map(({ cell }) => cell))),
    ]),
    layout: {
      xaxis: valueAxis(`${word} ${percentile} (ms)`, [
        ...cells.map(({ latencyMs }) => latencyMs),
        sloMs ?? 1,
      ]),
      // Room for the numbers above the highest markers.
      yaxis: {
        title: { text: 'goodput (frames per second)' },
        range: [0, 1.15 * Math.max(...cells.map(({ goodputFps }) => goodputFps))],
        zeroline: false,
      },
    },
    table: {
      columns: ['batching', 'load', `${percentile} (ms)`, 'goodput', 'N requests'],
      rows: cells.map(({ summary, latencyMs, goodputFps }) => [
        formatBatching(summary.point),
        formatLoad(summary.point.load),
        formatMs(latencyMs),
        formatFps(goodputFps),
        String(summary.requestLatency.samples),
      ]),
    },
  }
}

/** Cells that no other one beats: ascending latency, each with more goodput than all before it. */
function frontier(cells: Cell[]): Cell[] {
  const best: Cell[] = []
  for (const cell of cells.toSorted((a, b) => a.latencyMs - b.latencyMs))
    if (cell.goodputFps > (best.at(-1)?.goodputFps ?? -1)) best.push(cell)
  return best
}

function markers(mode: BatchingMode, cells: Cell[]): Figure['traces'][number] {
  return {
    type: 'scatter',
    mode: 'text+markers',
    name: `${mode} batching`,
    x: cells.map(({ latencyMs }) => latencyMs),
    y: cells.map(({ goodputFps }) => goodputFps),
    text: cells.map(({ summary }) => String(summary.point.batching.batchSize)),
    textposition: 'top center',
    textfont: { size: 10 },
    hovertext: cells.map(
      ({ summary, latencyMs, goodputFps }) =>
        `${formatBatching(summary.point)}<br>${formatLoad(summary.point.load)}<br>` +
        `${formatFps(goodputFps)} FPS, ${formatMs(latencyMs)} ms<br>N ${summary.requestLatency.samples} requests`,
    ),
    hoverinfo: 'text',
    marker: { color: modeColour[mode], symbol: modeSymbol(mode), size: 8 },
  }
}

function frontierLine(mode: BatchingMode, cells: Cell[]): Figure['traces'][number] {
  return {
    type: 'scatter',
    mode: 'lines',
    showlegend: false,
    x: cells.map(({ latencyMs }) => latencyMs),
    y: cells.map(({ goodputFps }) => goodputFps),
    line: { color: modeColour[mode], width: 2, shape: 'hv' },
    hoverinfo: 'skip',
  }
}
