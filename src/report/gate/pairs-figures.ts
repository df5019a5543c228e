import type { Figure } from '../plots/figure.js'
import type { FigureGroup } from '../plots/report-figures.js'
import type { GateResult, PointDecision } from '../../gate/gate-result.js'
import type { RepetitionPair } from '../../analysis/metrics.js'
import { formatChange, formatSignificant } from '../format/format.js'
import { sideMarks } from '../plots/run-comparison.js'
import { formatChangeInterval, metricChanges } from './gate-tables.js'

const [baselineMark, candidateMark] = sideMarks

/** For each ratio metric of a live gate: the change in every pair, and the figures of the two sides. */
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
  const { change: estimate, low, high, smallestThatCounts } = metricChanges(decision)
  const changes = pairs.map((pair) => {
    const { baseline, candidate } = valuesOf(decision, pair)
    // The change from a baseline that answered nothing is not finite.
    return baseline === null || candidate === null || baseline === 0 ? null : 100 * (candidate / baseline - 1)
  })
  return {
    id: `changes-of-${metric.name}`,
    title: `How much did ${metric.name} change in each pair?`,
    caption:
      `One point per pair, ${metric.better} is better. Estimate ${formatChange(estimate)}, interval ` +
      `${formatChangeInterval(decision) || 'unknown'} (band); the smallest change that counts is ` +
      `${formatChange(smallestThatCounts)} (dashed). N: ${pairs.length} pairs, ${decision.pairs} of them used.`,
    traces: [
      {
        x: pairs.map((_, i) => i + 1),
        y: changes,
        mode: 'markers',
        name: 'pair',
        marker: { size: 9, color: candidateMark.colour, symbol: candidateMark.symbol },
      },
    ],
    layout: {
      xaxis: { title: { text: 'pair' }, zeroline: false, dtick: 4 },
      yaxis: { title: { text: `change of ${metric.name} (%)` }, rangemode: 'tozero' },
      showlegend: false,
      shapes: [
        ...(low === undefined || high === undefined ? [] : [band(low, high)]),
        horizontal(estimate ?? 0, 'solid'),
        horizontal(smallestThatCounts, 'dash'),
      ],
    },
    table: {
      columns: ['pair', 'change (%)'],
      rows: changes.map((change, i) => [String(i + 1), change === null ? '' : change.toFixed(2)]),
    },
  }
}

type Shape = NonNullable<Figure['layout']['shapes']>[number]

function band(y0: number, y1: number): Shape {
  return {
    type: 'rect',
    xref: 'paper',
    x0: 0,
    x1: 1,
    y0,
    y1,
    fillcolor: candidateMark.colour,
    opacity: 0.15,
    line: { width: 0 },
  }
}

function horizontal(y: number, dash: 'solid' | 'dash'): Shape {
  return {
    type: 'line',
    xref: 'paper',
    x0: 0,
    x1: 1,
    y0: y,
    y1: y,
    line: { dash, width: 2, color: candidateMark.colour },
  }
}

function sidesFigure(decision: PointDecision, pairs: readonly RepetitionPair[]): Figure {
  const { metric } = decision
  const values = pairs.map((pair) => valuesOf(decision, pair))
  const trace = (side: 'baseline' | 'candidate', { colour, symbol }: (typeof sideMarks)[number]) => ({
    x: pairs.map((_, i) => i + 1),
    y: values.map((pair) => pair[side]),
    name: side,
    mode: 'lines+markers' as const,
    line: { color: colour },
    marker: { color: colour, symbol, size: 8 },
  })
  return {
    id: `sides-of-${metric.name}`,
    title: `What did the two sides measure for ${metric.name}?`,
    caption:
      `Both sides over the gate, N: ${pairs.length} pairs. Changes of the machine affect both sides. The comparison pair by pair ` +
      'cancels them.',
    traces: [trace('baseline', baselineMark), trace('candidate', candidateMark)],
    layout: {
      xaxis: { title: { text: 'pair' }, zeroline: false, dtick: 4 },
      yaxis: {
        title: { text: metric.name === metric.unit ? metric.name : `${metric.name} (${metric.unit})` },
        zeroline: false,
      },
    },
    table: {
      columns: ['pair', `baseline (${metric.unit})`, `candidate (${metric.unit})`],
      rows: values.map(({ baseline, candidate }, i) => [
        String(i + 1),
        formatSignificant(baseline ?? undefined),
        formatSignificant(candidate ?? undefined),
      ]),
    },
  }
}

function valuesOf(
  { metric }: PointDecision,
  { baseline, candidate }: RepetitionPair,
): { baseline: number | null; candidate: number | null } {
  return { baseline: baseline.values[metric.name] ?? null, candidate: candidate.values[metric.name] ?? null }
}
