import type { Layout } from 'plotly.js-dist-min'

type Axis = NonNullable<Layout['xaxis']>

/** Batch sizes stand at equal distances, as they double. */
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

/** A linear axis begins at 0; values that span more than a factor of 30 take a logarithmic one. */
export function valueAxis(title: string, values: number[]): Partial<Axis> {
  const known = values.filter((value) => value > 0)
  const wide = known.length > 0 && Math.max(...known) / Math.min(...known) > 30
  return wide
    ? { title: { text: `${title}, log` }, type: 'log', dtick: 1, zeroline: false }
    : { title: { text: title }, rangemode: 'tozero', zeroline: false }
}
