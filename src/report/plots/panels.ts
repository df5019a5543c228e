import type { Layout } from 'plotly.js-dist-min'

type Axis = Partial<Layout['xaxis']>

const axes = ['x', 'x2', 'x3'] as const
const gap = 0.04

/** The x axis of a panel, from 0: one panel a mode, side by side over one y axis. */
export function panelAxis(panel: number): (typeof axes)[number] {
  return axes[panel]!
}

/** Gives each panel its axis and its share of the width. */
export function panelLayout([first, second, third]: Axis[]): Partial<Layout> {
  const panels = [first, second, third].filter((axis) => axis !== undefined)
  const width = (1 - gap * (panels.length - 1)) / panels.length
  const [xaxis, xaxis2, xaxis3] = panels.map((axis, panel): Axis => {
    const from = panel * (width + gap)
    return { ...axis, domain: [from, Math.min(1, from + width)] }
  })
  return { xaxis, ...(xaxis2 && { xaxis2 }), ...(xaxis3 && { xaxis3 }) }
}
