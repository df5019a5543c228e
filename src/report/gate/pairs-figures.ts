import type { Figure } from '../plots/figure.js'
import type { FigureGroup } from '../plots/report-figures.js'
import { worseBy } from '../../gate/decision/decide-ratio.js'
import type { GateResult, PointDecision } from '../../gate/gate-result.js'
import type { RepetitionPair } from '../../analysis/repetition-metrics.js'
import { percentagesOf } from './gate-tables.js'

const baselineColour = '#0072b2'
const candidateColour = '#d55e00'

/** For each ratio metric of a live gate, how much worse every pair was, and what the sides measured. */
export function pairsFigures({ metrics, measuredPairs }: GateResult): FigureGroup[] {
  if (measuredPairs === undefined) return []
  return metrics
    .filter(({ metric, estimate }) => metric.compare === 'ratio' && estimate !== undefined)
    .map((decision) => ({
      id: `pairs-of-${decision.metric.name}`,
      title: decision.metric.name,
      figures: [changesFigure(decision, measuredPairs), sidesFigure(decision, measuredPairs)],
    }))
}

function changesFigure(decision: PointDecision, pairs: readonly RepetitionPair[]): Figure {
  const { metric } = decision
  const { worseBy: median, worseByLow: low, worseByHigh: high, floor } = percentagesOf(decision)
  const changes = pairs.map((pair) => {
    const change = worseBy(metric, pair)
    return change === undefined ? null : 100 * Math.expm1(change)
  })
  const numbers = pairs.map((_, i) => i + 1)
  return {
    id: `changes-of-${metric.name}`,
    title: `How much worse was each pair in ${metric.name}?`,
    caption:
      `One point a pair, positive is worse; decided on ${decision.pairs} of ${pairs.length} pairs: ` +
      `median ${inPercent(median)}, interval ${inPercent(low)} to ${inPercent(high)} (band), floor ${inPercent(floor)} (dashed).`,
    traces: [
      { x: numbers, y: changes, mode: 'markers', name: 'pair', marker: { size: 9, color: candidateColour } },
    ],
    layout: {
      xaxis: { title: { text: 'pair' }, zeroline: false, dtick: 4 },
      yaxis: { title: { text: 'worse by (%)' }, rangemode: 'tozero' },
      showlegend: false,
      shapes: [
        {
          type: 'rect',
          xref: 'paper',
          x0: 0,
          x1: 1,
          y0: low ?? 0,
          y1: high ?? 0,
          fillcolor: candidateColour,
          opacity: 0.15,
          line: { width: 0 },
        },
        horizontal(median ?? 0, 'solid'),
        horizontal(floor, 'dash'),
      ],
    },
    table: {
      columns: ['pair', 'worse by (%)'],
      rows: changes.map((change, i) => [String(i + 1), change === null ? '' : change.toFixed(2)]),
    },
  }
}

function horizontal(y: number, dash: 'solid' | 'dash'): NonNullable<Figure['layout']['shapes']>[number] {
  return {
    type: 'line',
    xref: 'paper',
    x0: 0,
    x1: 1,
    y0: y,
    y1: y,
    line: { dash, width: 2, color: candidateColour },
  }
}

function sidesFigure({ metric }: PointDecision, pairs: readonly RepetitionPair[]): Figure {
  const numbers = pairs.map((_, i) => i + 1)
  const valuesOf = (side: 'baseline' | 'candidate') =>
    pairs.map((pair) => pair[side].values[metric.name] ?? null)
  const trace = (side: 'baseline' | 'candidate', color: string, symbol: string) => ({
    x: numbers,
    y: valuesOf(side),
    name: side,
    mode: 'lines+markers' as const,
    line: { color },
    marker: { color, symbol, size: 8 },
  })
  const [baseline, candidate] = [valuesOf('baseline'), valuesOf('candidate')]
  return {
    id: `sides-of-${metric.name}`,
    title: `What did the two sides measure in ${metric.name}?`,
    caption: 'Both sides over the gate: what moves them together is the machine, and the pairs cancel it.',
    traces: [trace('baseline', baselineColour, 'circle'), trace('candidate', candidateColour, 'square')],
    layout: {
      xaxis: { title: { text: 'pair' }, zeroline: false, dtick: 4 },
      yaxis: { title: { text: metric.unit }, zeroline: false },
    },
    table: {
      columns: ['pair', `baseline (${metric.unit})`, `candidate (${metric.unit})`],
      rows: pairs.map((_, i) => [String(i + 1), cell(baseline[i]), cell(candidate[i])]),
    },
  }
}

function cell(value: number | null | undefined): string {
  return value === null || value === undefined ? '' : String(Number(value.toPrecision(4)))
}

function inPercent(value: number | undefined): string {
  return value === undefined ? '' : `${value.toFixed(1)} %`
}
