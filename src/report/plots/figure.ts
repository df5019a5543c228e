import type { Data, Layout } from 'plotly.js-dist-min'
import type { PointSummary } from '../../analysis/point-summary.js'
import type { BatchingMode } from '../../scenario/plan/plan.js'

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

/** A plot that this run has no data for, with the settings that would provide it. */
export interface AbsentFigure {
  id: string
  title: string
  reason: string
}

/** What a run needs for a plot that it lacks. */
export const requires = {
  closedLoad: 'Requires closed load: `load: { kind: closed, … }`.',
  cameraLoad: 'Requires camera load: `load: { kind: cameras, … }`.',
  batchSizes: 'Requires at least two batch sizes: sweep `batching.batchSize`.',
  loads: 'Requires at least two loads: sweep `load.cameras` or `load.framesInFlight`.',
  measurement: 'Requires a completed measurement.',
  batchLog:
    'Requires the log of the server: a server that Framestorm starts, or a URL with `logFile`. Over gRPC it also requires the included handler, on a server that Framestorm starts.',
} as const

/** A curve needs two places on its axis. With fewer there is nothing to compare, and the table is enough. */
export function isSinglePlace(x: readonly number[]): boolean {
  return new Set(x).size < 2
}

export function isDrawn(figure: Figure | AbsentFigure): figure is Figure {
  return 'traces' in figure
}

/** An empty plot is replaced by a line with the reason. */
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

type Axis = NonNullable<Layout['xaxis']>

/** Batch sizes are placed at equal distances, because they usually double. */
export function batchSizeAxis(sizes: number[]): Partial<Axis> {
  const ticks = [...new Set(sizes)].toSorted((a, b) => a - b)
  return {
    title: { text: 'batch size (frames)' },
    type: 'log',
    tickmode: 'array',
    tickvals: ticks,
    ticktext: ticks.map(String),
    zeroline: false,
  }
}

/** A linear axis begins at 0; values that span more than a factor of 30 get a logarithmic one. */
export function valueAxis(title: string, values: number[]): Partial<Axis> {
  const known = values.filter((value) => value > 0)
  const wide = known.length > 0 && Math.max(...known) / Math.min(...known) > 30
  return wide ? logAxis(title, known) : { title: { text: title }, rangemode: 'tozero', zeroline: false }
}

/** Logarithmic, with ticks at 1, 2 and 5 of each decade of the values, or only at 1 if there are many decades. */
export function logAxis(title: string, values: number[]): Partial<Axis> {
  const first = Math.floor(Math.log10(Math.min(...values)))
  const last = Math.ceil(Math.log10(Math.max(...values)))
  // Over more than three decades the labels would overlap.
  const steps = last - first > 3 ? [1] : [1, 2, 5]
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => first + i).flatMap((decade) =>
    steps.map((step) => Number((step * 10 ** decade).toPrecision(1))),
  )
  return {
    title: { text: `${title}, log` },
    type: 'log',
    tickmode: 'array',
    tickvals: ticks,
    ticktext: ticks.map(String),
    zeroline: false,
  }
}

const offset: Record<BatchingMode, number> = { server: 0.97, client: 1.03, hybrid: 1 }

/** Shifts the modes apart at a batch size, because equal ones would hide each other. */
export function beside(batchSize: number, mode: BatchingMode): number {
  return Number((batchSize * offset[mode]).toFixed(3))
}

type PanelAxis = Partial<Layout['xaxis']>

const axes = ['x', 'x2', 'x3'] as const
const gap = 0.04

/** The x axis of a panel, from 0: one panel per mode, side by side with one y axis. */
export function panelAxis(panel: number): (typeof axes)[number] {
  return axes[panel]!
}

/** Gives each panel its axis and its share of the width. */
export function panelLayout([first, second, third]: PanelAxis[]): Partial<Layout> {
  const panels = [first, second, third].filter((axis) => axis !== undefined)
  const width = (1 - gap * (panels.length - 1)) / panels.length
  const [xaxis, xaxis2, xaxis3] = panels.map((axis, panel): PanelAxis => {
    const from = panel * (width + gap)
    return { ...axis, domain: [from, Math.min(1, from + width)] }
  })
  return { ...(xaxis && { xaxis }), ...(xaxis2 && { xaxis2 }), ...(xaxis3 && { xaxis3 }) }
}
