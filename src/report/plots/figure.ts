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

/** A plot that this run cannot give, and which run would. */
export interface AbsentFigure {
  id: string
  title: string
  reason: string
}

export function isDrawn(figure: Figure | AbsentFigure): figure is Figure {
  return 'traces' in figure
}

/** A plot in which nothing would be drawn becomes a line that says why: no empty plot is ever shown. */
export function withoutEmpty(figure: Figure | AbsentFigure): Figure | AbsentFigure {
  if (!isDrawn(figure) || figure.traces.some(hasData)) return figure
  return {
    id: figure.id,
    title: figure.title,
    reason: 'No point has samples enough for it: a longer `measure.durationS` or more repetitions give them.',
  }
}

function hasData(trace: Figure['traces'][number]): boolean {
  return 'x' in trace && Array.isArray(trace.x) && trace.x.length > 0
}

/** `N: 150–1208 requests a point, 3 repetitions.` No plot goes without it. */
export function sampleSizes(points: PointSummary[]): string {
  const sizes = points.map(({ requestLatency }) => requestLatency.samples)
  const repetitions = points.map(({ repetitionsUsed }) => repetitionsUsed)
  const noun = Math.max(...repetitions) === 1 ? 'repetition' : 'repetitions'
  return `N: ${span(sizes)} requests a point, ${span(repetitions)} ${noun}.`
}

function span(values: number[]): string {
  const low = Math.min(...values)
  const high = Math.max(...values)
  return low === high ? String(low) : `${low}–${high}`
}
