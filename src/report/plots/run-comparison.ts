import type { PointSummary } from '../../analysis/point-summary.js'
import type { PairedPoints } from '../../analysis/compare-runs.js'
import {
  capitalize,
  formatDistinctPoint,
  formatFps,
  formatPercentile,
  formatSpread,
} from '../format/format.js'
import { sampleSizes, valueAxis, type AbsentFigure, type Figure } from './figure.js'
import { deepestPercentile, latencyWord, shownLatency } from './series.js'

/** Marks of the two sides of a comparison (runs or servers); neither side has the colour of a mode. */
export const sideMarks = [
  { colour: '#56b4e9', symbol: 'circle' },
  { colour: '#e69f00', symbol: 'diamond' },
] as const

interface Shown {
  value: number
  low: number
  high: number
  words: string
}

/** FPS of the points that both runs have, side by side. */
export function fpsOfRuns({ pairs }: PairedPoints, names: [string, string]): Figure | AbsentFigure {
  return dots({
    id: 'fps-of-runs',
    title: 'FPS, point by point',
    axis: 'frames per second',
    caption: 'Median of the repetitions, bars from the lowest to the highest.',
    pairs,
    names,
    of: ({ fps }) =>
      fps && {
        value: fps.median,
        low: fps.min,
        high: fps.max,
        words: `${formatSpread(fps) || formatFps(fps.median)} FPS`,
      },
  })
}

/** Latency of the points that both runs have, side by side. */
export function latencyOfRuns(
  { pairs }: PairedPoints,
  names: [string, string],
  kind: 'closed' | 'cameras',
): Figure | AbsentFigure {
  const some = pairs.filter(({ a }) => a.point.load.kind === kind)
  const word = latencyWord(kind)
  const percentile = some.length === 0 ? 'p50' : deepestPercentile(some.flatMap(({ a, b }) => [a, b]))
  return dots({
    id: `${kind}-latency-of-runs`,
    title: `${capitalize(word)} ${percentile}, point by point`,
    axis: `${word} ${percentile} (ms)`,
    caption: 'Repetitions pooled, bars are 95 % intervals.',
    pairs: some,
    names,
    of: (point) => {
      const found = shownLatency(point)?.[percentile]
      return found && { ...found, words: `${formatPercentile(found)} ms` }
    },
  })
}

interface DotQuestion {
  id: string
  title: string
  axis: string
  caption: string
  pairs: PairedPoints['pairs']
  names: [string, string]
  of: (point: PointSummary) => Shown | undefined
}

function dots({ id, title, axis, caption, pairs, names, of }: DotQuestion): Figure | AbsentFigure {
  const known = pairs.flatMap((pair) => {
    const { a, b } = pair
    const name = formatDistinctPoint(pair)
    const [shownA, shownB] = [of(a), of(b)]
    return shownA === undefined || shownB === undefined
      ? []
      : [{ name, points: [a, b] as const, shown: [shownA, shownB] as const }]
  })
  if (known.length === 0) return { id, title, reason: 'The two runs have no such points in common.' }
  return {
    id,
    title,
    caption: `${caption} ${sampleSizes(known.flatMap(({ points }) => points))}`,
    traces: sideMarks.map(({ colour, symbol }, run) => {
      const shown = known.map((entry) => entry.shown[run === 0 ? 0 : 1])
      return {
        type: 'scatter',
        mode: 'markers',
        name: names[run === 0 ? 0 : 1],
        // Broken after the batching, whose details in parentheses have commas of their own.
        y: known.map(({ name }) => name.replace(/, (?![^(]*\))/, '<br>')),
        x: shown.map(({ value }) => value),
        hovertext: shown.map(
          ({ words }, i) =>
            `${known[i]!.name}<br>${words}<br>N ${known[i]!.points[run === 0 ? 0 : 1].requestLatency.samples} requests`,
        ),
        hoverinfo: 'text',
        error_x: {
          type: 'data',
          symmetric: false,
          array: shown.map(({ value, high }) => high - value),
          arrayminus: shown.map(({ value, low }) => value - low),
          thickness: 1.5,
          width: 4,
        },
        marker: { color: colour, symbol, size: 9 },
      }
    }),
    layout: {
      height: 120 + 40 * known.length,
      xaxis: valueAxis(
        axis,
        known.flatMap(({ shown }) => shown.map(({ value }) => value)),
      ),
      yaxis: { type: 'category', autorange: 'reversed' },
    },
    table: {
      columns: ['point', ...names],
      rows: known.map(({ name, shown }) => [name, shown[0].words, shown[1].words]),
    },
  }
}
