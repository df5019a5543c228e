import type { Data, Layout } from 'plotly.js-dist-min'

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
