import type { Stage, StageTimes } from '../../analysis/stage-times.js'
import { formatBatching, formatLoad, formatMs } from '../format/format.js'
import type { RunAnalysis } from '../../analysis/analyse-run.js'
import { requires, type AbsentFigure, type Figure } from './figure.js'
import { bestPoints } from './series.js'

const id = 'stage-times'
const title = 'Where does the time of a frame go?'

/** A colour per stage, different from those of the modes, and a pattern for print without colour. */
const looks: Record<Stage, { colour: string; pattern: '' | '/' | '.' | 'x' | '-' }> = {
  'fill wait': { colour: '#e69f00', pattern: '/' },
  'send lag': { colour: '#999999', pattern: 'x' },
  'queue wait': { colour: '#0072b2', pattern: '.' },
  'queue wait (inferred)': { colour: '#0072b2', pattern: '.' },
  'batch wait': { colour: '#56b4e9', pattern: '/' },
  'batch wait (inferred)': { colour: '#56b4e9', pattern: '/' },
  'network and hand-over': { colour: '#bbbbbb', pattern: 'x' },
  'sent to handler': { colour: '#56b4e9', pattern: '.' },
  'network, queue and batch wait': { colour: '#56b4e9', pattern: '.' },
  'sent to answered': { colour: '#56b4e9', pattern: '.' },
  decode: { colour: '#f0e442', pattern: '-' },
  inference: { colour: '#cc79a7', pattern: '' },
  handler: { colour: '#cc79a7', pattern: '' },
  'handler, rest': { colour: '#999999', pattern: '' },
  'handler to answer': { colour: '#777777', pattern: '.' },
}

/** Stages of the median and of the slowest 1 % of frames, stacked; for the best point of each mode. */
export function stageTimesFigure(analysis: RunAnalysis): Figure | AbsentFigure {
  const bars = bestPoints(analysis).flatMap(({ point, stages }) =>
    stages === undefined
      ? []
      : [
          { name: `${formatBatching(point)}, median`, times: stages.median, point },
          ...(stages.slowest === undefined
            ? []
            : [{ name: `${formatBatching(point)}, slowest 1 %`, times: stages.slowest, point }]),
        ],
  )
  if (bars.length === 0) return { id, title, reason: requires.cameraLoad }
  const shown = [...new Set(bars.flatMap(({ times }) => times.stages.map(({ stage }) => stage)))]
  return {
    id,
    title,
    caption:
      `Mean stages of the frames around the median (45th to 55th percentile) and of the slowest 1 %, with ` +
      `${formatLoad(bars[0]!.point.load)}. All stages of a bar are of the same frames, because percentiles of stages do not ` +
      `add up. ${inferredNote(shown)}N: ${bars.map(({ times }) => times.frames).join(', ')} frames.` +
      (bestPoints(analysis).some(({ stages }) => stages !== undefined && stages.slowest === undefined)
        ? ' Absent: the slowest 1 % of points with too few frames for a p99.'
        : ''),
    traces: shown.map((stage) => ({
      type: 'bar',
      orientation: 'h',
      name: stage,
      y: bars.map((bar) => wrapped(bar.name)),
      x: bars.map(({ times }) => of(times, stage) ?? 0),
      text: bars.map(({ times }) => `${formatMs(of(times, stage))} ms, N ${times.frames} frames`),
      textposition: 'none',
      hovertemplate: `${stage}: %{text}`,
      marker: {
        color: looks[stage].colour,
        pattern: {
          shape: looks[stage].pattern,
          solidity: 0.2,
          fillmode: 'overlay',
          fgcolor: '#ffffff',
          bgcolor: looks[stage].colour,
        },
      },
    })),
    layout: {
      height: 190 + 58 * bars.length,
      barmode: 'stack',
      legend: { traceorder: 'normal' },
      xaxis: { title: { text: 'ms since capture' }, rangemode: 'tozero', zeroline: false },
      yaxis: { autorange: 'reversed', type: 'category' },
    },
    table: {
      columns: ['frames', ...shown.map((stage) => `${stage} (ms)`), 'frame latency (ms)', 'N frames'],
      rows: bars.map(({ name, times }) => [
        name,
        ...shown.map((stage) => formatMs(of(times, stage))),
        formatMs(times.frameLatencyMs),
        String(times.frames),
      ]),
    },
  }
}

function of(times: StageTimes, stage: Stage): number | undefined {
  return times.stages.find((one) => one.stage === stage)?.ms
}

/** Labels of two lines leave room for the bars on a narrow page. */
function wrapped(name: string): string {
  const at = name.lastIndexOf(', ')
  return `${name.slice(0, at).replace(' (', '<br>(')}<br>${name.slice(at + 2)}`
}

/** Inferred waits are marked as such. */
function inferredNote(shown: Stage[]): string {
  if (!shown.some((stage) => stage.endsWith('(inferred)'))) return ''
  return 'Inferred waits come from a replay of TorchServe’s batching, because TorchServe does not report them. '
}
