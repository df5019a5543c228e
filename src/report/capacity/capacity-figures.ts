import { plural } from '../../system/plural.js'
import { capitalize } from '../format/format.js'
import type { Figure } from '../plots/figure.js'
import { lineDash, modeColour, modeSymbol } from '../plots/series.js'
import type { PointVerdict } from '../../capacity/verdict/measure-cameras.js'
import type { SearchedSetting } from '../../capacity/capacity-run.js'
import { formatCondition } from './capacity-words.js'
import { headlineRule, type HeadlineQuestion } from '../../capacity/headline-rule.js'

/** Latency against the number of cameras: passed, did not pass, and not measured. */
export function capacityFigure(
  { found, search, slo, fps, setting, point }: SearchedSetting,
  i: number,
): Figure {
  const verdicts = (search?.verdicts ?? []).toSorted((a, b) => a.cameras - b.cameras)
  const colour = modeColour[point.batching.mode]
  const { mode } = point.batching
  return {
    id: `capacity-${i + 1}`,
    title: capitalize(setting),
    caption:
      `p${slo.percentile} of frame latency for each draw of camera phases, at ${fps} fps per camera. Filled: passed. Hollow: did not ` +
      'pass. Shaded: numbers of cameras that pass, most of them by simulation. With a batching delay, p99 ' +
      `does not always grow with the number of cameras. N: ${plural(verdicts.length, 'number of cameras', 'numbers of cameras')}.`,
    traces: (['pass', 'other'] as const).map((kind) => {
      const some = listDraws(verdicts).filter(({ passed }) => passed === (kind === 'pass'))
      return {
        type: 'scatter',
        mode: 'markers',
        name: kind === 'pass' ? 'passed' : 'did not pass',
        x: some.map(({ cameras }) => cameras),
        y: some.map(({ latencyMs }) => latencyMs),
        marker: { color: colour, symbol: modeSymbol(mode, kind !== 'pass'), size: 8 },
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
        `p${slo.percentile} ms, by draw of phases`,
        'requests',
        'late',
        'measured s',
      ],
      rows: verdicts.map((verdict) => [
        String(verdict.cameras),
        verdict.decision,
        formatCondition(verdict.binding),
        verdict.draws.map(({ latencyMs }) => latencyMs?.toFixed(0) ?? 'lost').join(', '),
        String(verdict.requests),
        String(verdict.requestsOver),
        verdict.measuredS.toFixed(0),
      ]),
    },
  }
}

function listDraws(verdicts: PointVerdict[]): { cameras: number; latencyMs: number; passed: boolean }[] {
  return verdicts.flatMap(({ cameras, draws, decision }) =>
    draws.flatMap(({ latencyMs }) =>
      latencyMs === undefined ? [] : [{ cameras, latencyMs, passed: decision === 'pass' }],
    ),
  )
}

/** Fill wait of client batching against the delay of server batching, by cameras per edge device and batch size. */
export function headlineFigure(question: HeadlineQuestion): Figure {
  const { cells, needed } = headlineRule(question)
  const { fps, maxBatchDelayMs, camerasPerClient } = question
  const waits = needed.map(({ batchSize }) => cells.filter((cell) => cell.batchSize === batchSize))
  return {
    id: 'headline-rule',
    title: 'How long does the first frame of a client batch wait?',
    caption:
      `Time until a client batch is full, at ${fps} fps per camera with evenly spread phases. Below the dashed line, the ` +
      `delay of server batching (${maxBatchDelayMs} ms), client batching adds no latency. Above it, batch at the ` +
      'server. Computed, not measured.',
    traces: needed.map(({ batchSize }, i) => ({
      type: 'scatter',
      mode: 'lines+markers',
      name: `batch size ${batchSize}`,
      x: camerasPerClient,
      y: waits[i]!.map(({ fillWaitMs }) => fillWaitMs),
      line: { color: modeColour.client, dash: lineDash(i), width: 2 },
      marker: { color: waits[i]!.map(({ prefer }) => modeColour[prefer]), size: 8 },
    })),
    layout: {
      xaxis: { title: { text: 'cameras per edge device' }, type: 'log', tickvals: camerasPerClient },
      yaxis: { title: { text: 'fill wait, ms, log' }, type: 'log', dtick: 1 },
      shapes: [
        {
          type: 'line',
          xref: 'paper',
          x0: 0,
          x1: 1,
          y0: maxBatchDelayMs,
          y1: maxBatchDelayMs,
          line: { color: modeColour.server, width: 2, dash: 'longdash' },
        },
      ],
    },
    table: {
      columns: [
        'batch size',
        'cameras from which client batching pays',
        ...camerasPerClient.map((n) => `${n}: wait ms`),
      ],
      rows: needed.map(({ batchSize, camerasPerClient: from }, i) => [
        String(batchSize),
        String(from),
        ...waits[i]!.map(({ fillWaitMs }) => fillWaitMs.toFixed(0)),
      ]),
    },
  }
}
