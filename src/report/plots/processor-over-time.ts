import type { MachineSample } from '../../system/machine/machine-sample.js'
import { batchingInWords, loadInWords } from '../format/point-words.js'
import type { RunAnalysis } from '../../analysis/run-analysis.js'
import { bestPoints } from './best-points.js'
import type { AbsentFigure, Figure } from './figure.js'

const id = 'processor-over-time'
const title = 'What were the processors doing?'

const lanes: {
  name: string
  of: (sample: MachineSample) => number | undefined
  colour: string
  dash: 'solid' | 'dash' | 'dot'
}[] = [
  { name: 'machine (100 % = all cores)', of: (one) => one.machineCpuShare, colour: '#777777', dash: 'solid' },
  { name: 'server (100 % = one core)', of: (one) => one.serverCpuShare, colour: '#cc79a7', dash: 'dash' },
  { name: 'client (100 % = one core)', of: (one) => one.clientCpuShare, colour: '#e69f00', dash: 'dot' },
  { name: 'stolen by other guests', of: (one) => one.stealShare, colour: '#56b4e9', dash: 'dot' },
  { name: 'GPU', of: (one) => one.gpuShare, colour: '#f0e442', dash: 'solid' },
]

/** CPU second by second in the first repetition of the verdict's best point. */
export function processorOverTime(analysis: RunAnalysis): Figure | AbsentFigure {
  const best = bestPoints(analysis)[0]
  const measurement = analysis.measurements.find(
    ({ point, complete }) => complete && point === best?.point.id,
  )
  if (best === undefined || measurement === undefined || measurement.machine.length === 0)
    return { id, title, reason: 'A run on Linux watches them second by second.' }
  const { machine } = measurement
  const known = lanes.filter(({ of }) => machine.some((sample) => (of(sample) ?? 0) > 0))
  return {
    id,
    title,
    caption: `CPU with ${batchingInWords(best.point)} under ${loadInWords(best.point.load)}, first repetition. N: ${machine.length} seconds.`,
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
