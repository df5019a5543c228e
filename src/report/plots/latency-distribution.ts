import { percentileNames } from '../../scenario/grammar/metric.js'
import type { PointSummary } from '../../analysis/point-summary.js'
import { formatBatching, formatLoad, formatMs, formatPercentile } from '../format/format.js'
import type { RunAnalysis } from '../../analysis/analyse-run.js'
import { bestPoints, pointColour, shownLatency } from './series.js'
import { binEdgeMs, type Histogram } from '../../analysis/latency-distribution.js'
import { logAxis, requires, sampleSizes, valueAxis, type AbsentFigure, type Figure } from './figure.js'

/** Histogram of the latencies of the best point of each mode, as outlines, so that no curve hides another. */
export function latencyDistribution(analysis: RunAnalysis): Figure | AbsentFigure {
  const id = 'latency-distribution'
  const title = 'How are latencies distributed?'
  const points = bestPoints(analysis).filter(({ latencyHistogram }) => latencyHistogram !== undefined)
  if (points.length === 0) return { id, title, reason: requires.measurement }
  const word = points[0]!.point.load.kind === 'cameras' ? 'frame latency' : 'request latency'
  return {
    id,
    title,
    caption:
      `Share of the samples in bins that are 9 % wide, best point of each mode with ${formatLoad(points[0]!.point.load)}, ` +
      `repetitions pooled. ${sampleSizes(points)}`,
    traces: points.map(({ point, latencyHistogram }) => {
      const { counts } = latencyHistogram!
      const total = counts.reduce((sum, count) => sum + count, 0)
      const edges = binEdges(latencyHistogram!)
      return {
        type: 'scatter',
        mode: 'lines',
        name: formatBatching(point),
        x: [edges[0]!, ...edges],
        y: [0, ...counts.map((count) => (100 * count) / total), 0],
        text: [
          '',
          ...counts.map(
            (count, i) =>
              `${formatMs(edges[i])}–${formatMs(edges[i + 1])} ms: ${((100 * count) / total).toFixed(1)} % of ${total}`,
          ),
          '',
        ],
        hovertemplate: '%{text}',
        line: { shape: 'hv', color: pointColour(point), width: 2 },
        fill: 'tozeroy',
      }
    }),
    layout: {
      xaxis: logAxis(
        `${word} (ms)`,
        points.flatMap(({ latencyHistogram }) => binEdges(latencyHistogram!)),
      ),
      yaxis: { title: { text: 'share of samples (%)' }, rangemode: 'tozero', zeroline: false },
    },
    table: distributionTable(points),
  }
}

/**
 * Percentiles on an axis on which each further nine has the same width, as HdrHistogram plots them
 * (https://github.com/HdrHistogram/HdrHistogram); each curve ends with its samples.
 */
export function percentileCurve(analysis: RunAnalysis): Figure | AbsentFigure {
  const id = 'percentile-curve'
  const title = 'How long is the tail?'
  const points = bestPoints(analysis).filter(({ latencyCurve }) => latencyCurve.length > 0)
  if (points.length === 0) return { id, title, reason: requires.measurement }
  const word = points[0]!.point.load.kind === 'cameras' ? 'frame latency' : 'request latency'
  return {
    id,
    title,
    caption:
      `Percentiles of ${word}, best point of each mode with ${formatLoad(points[0]!.point.load)}, repetitions ` +
      `pooled. A curve ends at its last request; its last nine is based on about ten requests. ${sampleSizes(points)}`,
    traces: points.map(({ point, latencyCurve }) => ({
      type: 'scatter',
      mode: 'lines',
      name: formatBatching(point),
      x: latencyCurve.map(({ nines }) => nines),
      y: latencyCurve.map(({ ms }) => ms),
      text: latencyCurve.map(({ nines }) => percentileName(nines)),
      hovertemplate: '%{text}: %{y:.1f} ms',
      line: { color: pointColour(point), width: 2.5 },
    })),
    layout: {
      xaxis: {
        title: { text: 'percentile' },
        tickmode: 'array',
        tickvals: [0, 0.301, 1, 2, 3, 4, 5, 6],
        ticktext: ['min', 'p50', 'p90', 'p99', 'p99.9', 'p99.99', 'p99.999', 'p99.9999'],
        zeroline: false,
      },
      yaxis: valueAxis(
        `${word} (ms)`,
        points.flatMap(({ latencyCurve }) => latencyCurve.map(({ ms }) => ms)),
      ),
    },
    table: distributionTable(points),
  }
}

function binEdges({ firstBin, counts }: Histogram): number[] {
  return [...counts, 0].map((_, i) => Number(binEdgeMs(firstBin + i).toFixed(3)))
}

function percentileName(nines: number): string {
  const digits = Math.max(0, Math.ceil(nines) - 1)
  return `p${(100 * (1 - 10 ** -nines)).toFixed(digits)}`
}

function distributionTable(points: PointSummary[]): Figure['table'] {
  return {
    columns: ['point', ...percentileNames.map((name) => `${name} (ms)`), 'max (ms)', 'N requests'],
    rows: points.map((summary) => [
      formatBatching(summary.point),
      ...percentileNames.map((name) => formatPercentile(shownLatency(summary)?.[name])),
      formatMs(shownLatency(summary)?.maxMs),
      String(summary.requestLatency.samples),
    ]),
  }
}
