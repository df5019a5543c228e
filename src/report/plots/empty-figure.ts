import type { AbsentFigure, Figure } from './figure.js'
import { isDrawn } from './figure.js'

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
