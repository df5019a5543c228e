import { formatBatching, formatLoad, formatMs } from '../format/format.js'
import type { MeasurementSummary } from '../../analysis/measurement-summary.js'
import type { TimeSlice } from '../../analysis/time-series.js'
import type { RunAnalysis } from '../../analysis/analyse-run.js'
import { requires, valueAxis, type AbsentFigure, type Figure } from './figure.js'
import { bestPoints, pointColour } from './series.js'
import type { MachineSample } from '../../system/machine/sample-machine.js'

/** Request latency second by second, median and slowest, in the first repetition of the best point of each mode. */
export function latencyOverTime(analysis: RunAnalysis): Figure | AbsentFigure {
  const id = 'latency-over-time'
  const title = 'Was the latency stable?'
  const shown = bestPoints(analysis).flatMap(({ point }) => {
    const measurement = analysis.measurements.find((one) => one.point === point.id && one.complete)
    return measurement === undefined || measurement.timeSeries.length === 0 ? [] : [{ point, measurement }]
  })
  if (shown.length === 0) return { id, title, reason: requires.measurement }
  const warmup = shown[0]!.measurement.windowFromS
  return {
    id,
    title,
    caption:
      `Request latency with ${formatLoad(shown[0]!.point.load)}, by the second of the answer: median (line) and ` +
      `slowest (dotted); warm-up is grey. First repetition: ` +
      `${shown.map(({ measurement }) => `N ${measurement.requestLatency.samples}`).join(', ')} requests.`,
    traces: shown.flatMap(({ point, measurement }) => {
      const slices = measuredSlices(measurement)
      const colour = pointColour(point)
      const x = slices.map(({ fromS, toS }) => (fromS + toS) / 2)
      return [
        {
          type: 'scatter' as const,
          mode: 'lines' as const,
          name: formatBatching(point),
          x,
          y: slices.map(({ requestLatencyP50Ms }) => requestLatencyP50Ms ?? null),
          hovertemplate: '%{x:.1f} s: median %{y:.1f} ms',
          line: { color: colour, width: 2.5 },
        },
        {
          type: 'scatter' as const,
          mode: 'lines' as const,
          name: 'slowest',
          showlegend: false,
          x,
          y: slices.map(({ requestLatencyMaxMs }) => requestLatencyMaxMs ?? null),
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
          measuredSlices(measurement).map(({ requestLatencyMaxMs }) => requestLatencyMaxMs ?? 0),
        ),
      ),
      shapes: [grey(0, warmup)],
    },
    table: {
      columns: ['batching', 'second', 'FPS', 'median (ms)', 'slowest (ms)'],
      rows: shown.flatMap(({ point, measurement }) =>
        measuredSlices(measurement).map(({ fromS, fps, requestLatencyP50Ms, requestLatencyMaxMs }) => [
          formatBatching(point),
          fromS.toFixed(0),
          fps.toFixed(1),
          formatMs(requestLatencyP50Ms),
          formatMs(requestLatencyMaxMs),
        ]),
      ),
    },
  }
}

/** Without the drain, which contains the answers to the last few requests only. */
function measuredSlices({ timeSeries, windowToS }: MeasurementSummary): TimeSlice[] {
  return timeSeries.filter(({ fromS }) => fromS < windowToS)
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

const lanes: {
  name: string
  of: (sample: MachineSample) => number | undefined
  colour: string
  dash: 'solid' | 'dash' | 'dot'
}[] = [
  { name: 'machine (100 % = all cores)', of: (one) => one.machineCpuShare, colour: '#777777', dash: 'solid' },
  { name: 'server (100 % = one core)', of: (one) => one.serverCpuShare, colour: '#cc79a7', dash: 'dash' },
  { name: 'client (100 % = one core)', of: (one) => one.clientCpuShare, colour: '#e69f00', dash: 'dot' },
  { name: 'taken by other virtual machines', of: (one) => one.stealShare, colour: '#56b4e9', dash: 'dot' },
  { name: 'GPU', of: (one) => one.gpuShare, colour: '#f0e442', dash: 'solid' },
]

/** CPU second by second in the first repetition of the verdict's best point. */
export function processorOverTime(analysis: RunAnalysis): Figure | AbsentFigure {
  const id = 'processor-over-time'
  const title = 'How busy were the processors?'
  const best = bestPoints(analysis)[0]
  const measurement = analysis.measurements.find(
    ({ point, complete }) => complete && point === best?.point.id,
  )
  if (best === undefined || measurement === undefined || measurement.machine.length === 0)
    return { id, title, reason: 'Requires a run on Linux, which records the CPU every second.' }
  const { machine } = measurement
  const known = lanes.filter(({ of }) => machine.some((sample) => (of(sample) ?? 0) > 0))
  return {
    id,
    title,
    caption: `CPU with ${formatBatching(best.point)} under ${formatLoad(best.point.load)}, first repetition. N: ${machine.length} seconds.`,
    traces: known.map(({ name, of, colour, dash }) => ({
      type: 'scatter',
      mode: 'lines',
      name,
      x: machine.map(({ timeS }) => Number(timeS.toFixed(2))),
      y: machine.map((sample) => percent(of(sample))),
      hovertemplate: `%{x:.1f} s: ${name} %{y:.0f} %`,
      line: { color: colour, dash, width: 2 },
    })),
    layout: {
      xaxis: { title: { text: 'seconds since the start' }, zeroline: false, rangemode: 'tozero' },
      yaxis: { title: { text: 'CPU (%)' }, rangemode: 'tozero', zeroline: false },
    },
    table: {
      columns: ['second', ...known.map(({ name }) => `${name}, %`)],
      rows: machine.map((sample) => [
        sample.timeS.toFixed(1),
        ...known.map(({ of }) => percent(of(sample))?.toFixed(0) ?? ''),
      ]),
    },
  }
}

function percent(share: number | undefined): number | null {
  return share === undefined ? null : Number((share * 100).toFixed(1))
}
