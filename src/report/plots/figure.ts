import type { Data, Layout } from 'plotly.js-dist-min'
import type { PointSummary } from '../../analysis/point-summary.js'

/** A plot as data: the page draws it, and its table is readable without JavaScript. */
export interface Figure {
  id: string
  /** The question that it answers. */
  title: string
  /** How to read it, under which settings, with its N. */
  caption: string
  traces: Partial<Data>[]
  layout: Partial<Layout>
  table: FigureTable
}

export interface FigureTable {
  columns: string[]
  rows: string[][]
}

/** A plot that this run cannot give, with the run that could. */
export interface AbsentFigure {
  id: string
  title: string
  reason: string
}

/** What a run needs for a plot that it does not have. */
export const requires = {
  closedLoad: 'Requires closed load: `load: { kind: closed, … }`.',
  cameraLoad: 'Requires camera load: `load: { kind: cameras, … }`.',
  batchSizes: 'Requires at least two batch sizes: sweep `batching.batchSize`.',
  loads: 'Requires at least two loads: sweep `load.cameras` or `load.framesInFlight`.',
  measurement: 'Requires a completed measurement.',
  batchLog: 'Requires the log of the server: a server that Framestorm starts, or a URL with `logFile`.',
} as const

/** A curve needs two places on its axis: with fewer there is nothing to compare, and the table says it all. */
export function isSinglePlace(x: readonly number[]): boolean {
  return new Set(x).size < 2
}

export function isDrawn(figure: Figure | AbsentFigure): figure is Figure {
  return 'traces' in figure
}

/** A plot in which nothing would be drawn becomes a line with the reason: no empty plot is ever shown. */
export function withoutEmpty(figure: Figure | AbsentFigure): Figure | AbsentFigure {
  if (!isDrawn(figure) || figure.traces.some(hasData)) return figure
  return {
    id: figure.id,
    title: figure.title,
    reason: 'Too few samples: use a longer `measure.durationS` or more repetitions.',
  }
}

function hasData(trace: Figure['traces'][number]): boolean {
  return 'x' in trace && Array.isArray(trace.x) && trace.x.length > 0
}

/** `N: 150–1208 requests per point, 3 repetitions.` Every plot has it. */
export function sampleSizes(points: PointSummary[]): string {
  const sizes = points.map(({ requestLatency }) => requestLatency.samples)
  const repetitions = points.map(({ repetitionsUsed }) => repetitionsUsed)
  const noun = Math.max(...repetitions) === 1 ? 'repetition' : 'repetitions'
  return `N: ${span(sizes)} requests per point, ${span(repetitions)} ${noun}.`
}

function span(values: number[]): string {
  const low = Math.min(...values)
  const high = Math.max(...values)
  return low === high ? String(low) : `${low}–${high}`
}
