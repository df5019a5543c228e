import type { Figure } from '../plots/figure.js'
import { modeColour, symbolOf } from '../plots/series.js'
import type { PointVerdict } from '../../capacity/verdict/measure-cameras.js'
import type { SearchedSetting } from './capacity-answer.js'
import { conditionInWords } from './condition-words.js'

/** Latency against the number of cameras: which passed, which did not, and what is not measured. */
export function capacityFigure(
  { found, search, slo, fps, setting, point }: SearchedSetting,
  i: number,
): Figure {
  const verdicts = (search?.verdicts ?? []).toSorted((a, b) => a.cameras - b.cameras)
  const colour = modeColour[point.batching.mode]
  const { mode } = point.batching
  return {
    id: `capacity-${i + 1}`,
    title: 'How many cameras?',
    caption:
      `${setting}, ${fps} fps a camera: p${slo.percentile} of frame latency in each fresh repetition. Filled: passed; ` +
      'hollow: did not. Shaded: numbers that pass, those between measured ones by simulation. p99 is not monotone ' +
      'where a batching delay exists.',
    traces: (['pass', 'other'] as const).map((kind) => {
      const some = repetitionsOf(verdicts).filter(({ passed }) => passed === (kind === 'pass'))
      return {
        type: 'scatter',
        mode: 'markers',
        name: kind === 'pass' ? 'passed' : 'did not pass',
        x: some.map(({ cameras }) => cameras),
        y: some.map(({ latencyMs }) => latencyMs),
        marker: { color: colour, symbol: symbolOf(mode, kind !== 'pass'), size: 8 },
      }
    }),
    layout: {
      xaxis: { title: { text: 'cameras' }, range: [0, found.max + 1] },
      yaxis: { title: { text: `p${slo.percentile} of frame latency, ms` }, rangemode: 'tozero' },
      shapes: [
        {
          type: 'line',
          xref: 'paper',
          x0: 0,
          x1: 1,
          y0: slo.latencyMs,
          y1: slo.latencyMs,
          line: { color: '#cc79a7', width: 2, dash: 'longdash' },
        },
        ...found.passing.map(([from, to]) => ({
          type: 'rect' as const,
          yref: 'paper' as const,
          x0: from - found.step / 2,
          x1: to + found.step / 2,
          y0: 0,
          y1: 1,
          fillcolor: colour,
          opacity: 0.12,
          line: { width: 0 },
        })),
      ],
    },
    table: {
      columns: [
        'cameras',
        'verdict',
        'binding',
        `p${slo.percentile} ms, by repetition`,
        'requests',
        'late',
        'measured s',
      ],
      rows: verdicts.map((verdict) => [
        String(verdict.cameras),
        verdict.decision,
        conditionInWords(verdict.binding),
        verdict.repetitions.map(({ latencyMs }) => latencyMs?.toFixed(0) ?? 'lost').join(', '),
        String(sum(verdict.repetitions.map(({ requests }) => requests))),
        String(sum(verdict.repetitions.map(({ requestsOver }) => requestsOver))),
        verdict.measuredS.toFixed(0),
      ]),
    },
  }
}

function repetitionsOf(verdicts: PointVerdict[]): { cameras: number; latencyMs: number; passed: boolean }[] {
  return verdicts.flatMap(({ cameras, repetitions }) =>
    repetitions.flatMap(({ latencyMs, decision }) =>
      latencyMs === undefined ? [] : [{ cameras, latencyMs, passed: decision === 'pass' }],
    ),
  )
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
