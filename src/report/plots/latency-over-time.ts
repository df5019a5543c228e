import { batchingInWords, loadInWords } from '../format/point-words.js'
import type { MeasurementSummary } from '../../analysis/measurement-summary.js'
import type { TimeLane } from '../../analysis/time-lanes.js'
import type { RunAnalysis } from '../../analysis/run-analysis.js'
import { msInWords } from '../figures-in-words.js'
import { valueAxis } from './axes.js'
import { bestPoints } from './best-points.js'
import type { AbsentFigure, Figure } from './figure.js'
import { pointColour } from './series.js'

const id = 'latency-over-time'
const title = 'Did it hold steady?'

/** Request latency second by second, median and slowest, in the first repetition of the best point of each mode. */
export function latencyOverTime(analysis: RunAnalysis): Figure | AbsentFigure {
  const shown = bestPoints(analysis).flatMap(({ point }) => {
    const measurement = analysis.measurements.find((one) => one.point === point.id && one.complete)
    return measurement === undefined || measurement.lanes.length === 0 ? [] : [{ point, measurement }]
  })
  if (shown.length === 0) return { id, title, reason: 'A run with a finished measurement gives it.' }
  const warmup = shown[0]!.measurement.windowFromS
  return {
    id,
    title,
    caption:
      `Request latency with ${loadInWords(shown[0]!.point.load)}, by the second of the answer: median (line) and ` +
      `slowest (dotted); warm-up is grey. First repetition: ` +
      `${shown.map(({ measurement }) => `N ${measurement.requestLatency.samples}`).join(', ')} requests.`,
    traces: shown.flatMap(({ point, measurement }) => {
      const lanes = measuredLanes(measurement)
      const colour = pointColour(point)
      const x = lanes.map(({ fromS, toS }) => (fromS + toS) / 2)
      return [
        {
          type: 'scatter' as const,
          mode: 'lines' as const,
          name: batchingInWords(point),
          x,
          y: lanes.map(({ requestLatencyP50Ms }) => requestLatencyP50Ms ?? null),
          hovertemplate: '%{x:.1f} s: median %{y:.1f} ms',
          line: { color: colour, width: 2.5 },
        },
        {
          type: 'scatter' as const,
          mode: 'lines' as const,
          name: 'slowest',
          showlegend: false,
          x,
          y: lanes.map(({ requestLatencyMaxMs }) => requestLatencyMaxMs ?? null),
          hovertemplate: '%{x:.1f} s: slowest %{y:.1f} ms',
          line: { color: colour, width: 1.5, dash: 'dot' },
        },
      ]
    }),
    layout: {
      xaxis: {
        title: { text: "seconds since the measurement's start" },
        zeroline: false,
        rangemode: 'tozero',
      },
      yaxis: valueAxis(
        'request latency (ms)',
        shown.flatMap(({ measurement }) =>
          measuredLanes(measurement).map(({ requestLatencyMaxMs }) => requestLatencyMaxMs ?? 0),
        ),
      ),
      shapes: [grey(0, warmup)],
    },
    table: {
      columns: ['batching', 'second', 'FPS', 'median (ms)', 'slowest (ms)'],
      rows: shown.flatMap(({ point, measurement }) =>
        measuredLanes(measurement).map(({ fromS, fps, requestLatencyP50Ms, requestLatencyMaxMs }) => [
          batchingInWords(point),
          fromS.toFixed(0),
          fps.toFixed(1),
          msInWords(requestLatencyP50Ms),
          msInWords(requestLatencyMaxMs),
        ]),
      ),
    },
  }
}

/** Without the drain: its few answers are of the last requests only. */
function measuredLanes({ lanes, windowToS }: MeasurementSummary): TimeLane[] {
  return lanes.filter(({ fromS }) => fromS < windowToS)
}

function grey(x0: number, x1: number): object {
  return {
    type: 'rect',
    yref: 'paper',
    y0: 0,
    y1: 1,
    x0,
    x1,
    fillcolor: '#888888',
    opacity: 0.15,
    line: { width: 0 },
  }
}
