import type { StageTimes } from '../../statistics/stage-times.js'
import { batchingInWords, loadInWords } from '../../statistics/point-words.js'
import type { RunAnalysis } from '../../statistics/run-analysis.js'
import type { AbsentFigure, Figure } from './figure.js'
import { msInWords } from '../figures-in-words.js'
import { bestPoints } from './best-points.js'

const id = 'stage-times'
const title = 'Where does the time of a frame go?'

interface Stage {
  name: (hasHandler: boolean) => string
  of: (times: StageTimes) => number
  colour: string
  /** Tells stages apart where colour is lost. */
  pattern: '' | '/' | '.' | 'x'
}

const stages: Stage[] = [
  { name: () => 'fill wait', of: ({ fillWaitMs }) => fillWaitMs, colour: '#e69f00', pattern: '/' },
  { name: () => 'send lag', of: ({ sendLagMs }) => sendLagMs, colour: '#999999', pattern: 'x' },
  {
    name: (hasHandler) => (hasHandler ? 'network, queue and batch wait' : 'sent to answered'),
    of: ({ serverWaitMs }) => serverWaitMs,
    colour: '#56b4e9',
    pattern: '.',
  },
  { name: () => 'handler', of: ({ handlerMs }) => handlerMs ?? 0, colour: '#cc79a7', pattern: '' },
]

/** Stages of the median and of the slowest 1 % of frames, stacked; for the best point of each mode. */
export function stageTimesFigure(analysis: RunAnalysis): Figure | AbsentFigure {
  const bars = bestPoints(analysis).flatMap(({ point, stages }) =>
    stages === undefined
      ? []
      : [
          { name: `${batchingInWords(point)}, median`, times: stages.median, point },
          { name: `${batchingInWords(point)}, slowest 1 %`, times: stages.slowest, point },
        ],
  )
  if (bars.length === 0)
    return { id, title, reason: 'A run with `load: { kind: cameras, … }` follows frames from their capture.' }
  const hasHandler = bars.some(({ times }) => times.handlerMs !== undefined)
  const shown = stages.filter(({ of }) => bars.some(({ times }) => of(times) > 0))
  return {
    id,
    title,
    caption:
      `Mean stages of the frames around the median (45th to 55th percentile) and of the slowest 1 %, with ` +
      `${loadInWords(bars[0]!.point.load)}; of these frames themselves, for percentiles of stages do not add up. ` +
      `N: ${bars.map(({ times }) => times.frames).join(', ')} frames.`,
    traces: shown
      .toReversed()
      .toReversed()
      .map(({ name, of, colour, pattern }) => ({
        type: 'bar',
        orientation: 'h',
        name: name(hasHandler),
        y: bars.map((bar) => wrapped(bar.name)),
        x: bars.map(({ times }) => of(times)),
        text: bars.map(({ times }) => `${msInWords(of(times))} ms, N ${times.frames} frames`),
        textposition: 'none',
        hovertemplate: `${name(hasHandler)}: %{text}`,
        marker: {
          color: colour,
          pattern: {
            shape: pattern,
            solidity: 0.2,
            fillmode: 'overlay',
            fgcolor: '#ffffff',
            bgcolor: colour,
          },
        },
      })),
    layout: {
      barmode: 'stack',
      legend: { traceorder: 'normal' },
      xaxis: { title: { text: 'ms since capture' }, rangemode: 'tozero', zeroline: false },
      yaxis: { autorange: 'reversed', type: 'category' },
    },
    table: {
      columns: [
        'frames',
        ...shown.map(({ name }) => `${name(hasHandler)} (ms)`),
        'frame latency (ms)',
        'N frames',
      ],
      rows: bars.map(({ name, times }) => [
        name,
        ...shown.map(({ of }) => msInWords(of(times))),
        msInWords(times.frameLatencyMs),
        String(times.frames),
      ]),
    },
  }
}

/** Two lines a label, so that long ones leave room for the bars on a narrow page. */
function wrapped(name: string): string {
  const at = name.lastIndexOf(', ')
  return `${name.slice(0, at).replace(' (', '<br>(')}<br>${name.slice(at + 2)}`
}
