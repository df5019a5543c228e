/*
 * The page's script. It is written into the report as text (Function.prototype.toString), so it must not use anything
 * outside itself. The interfaces declare the parts of the browser that it touches.
 */

interface PageElement {
  textContent: string | null
  clientWidth: number
  style: { height: string }
  href: string
  download: string
  click: () => void
  addEventListener: (event: string, listener: () => void) => void
}

interface Page {
  document: {
    getElementById: (id: string) => PageElement | null
    documentElement: { classList: { remove: (name: string) => void; add: (name: string) => void } }
    createElement: (name: string) => PageElement
  }
  matchMedia: (query: string) => {
    matches: boolean
    addEventListener: (event: string, listener: () => void) => void
  }
  addEventListener: (event: string, listener: () => void) => void
  setTimeout: (task: () => void, ms: number) => void
  URL: { createObjectURL: (blob: unknown) => string }
  Blob: new (parts: string[], options: { type: string }) => unknown
  Plotly: {
    newPlot: (element: PageElement, traces: unknown[], layout: object, config: object) => Promise<unknown>
    relayout: (element: PageElement, changes: object) => Promise<unknown>
  }
}

interface DrawnTrace {
  name?: string
  y?: unknown[] | undefined
  xaxis?: string
  yaxis?: string
}

type AxisName = 'xaxis' | 'xaxis2' | 'xaxis3' | 'yaxis' | 'yaxis2' | 'yaxis3'

interface DrawnLayout extends Partial<
  Record<AxisName, { title?: object; type?: string; categoryarray?: unknown[] }>
> {
  legend?: object
  shapes?: { xref?: string; yref?: string; label?: object }[]
  height?: number
}

interface DrawnFigure {
  id: string
  traces: DrawnTrace[]
  layout: DrawnLayout
}

/**
 * Draws each figure in its place, in the colours of the reader's system. Draws again if the colours or the page width
 * change, or if the page is printed.
 */
export function drawPlots(page: Page): void {
  const { document, Plotly } = page
  const dark = page.matchMedia('(prefers-color-scheme: dark)')
  const figures: DrawnFigure[] = JSON.parse(document.getElementById('figures')?.textContent ?? '[]')
  const axisNames: AxisName[] = ['xaxis', 'yaxis', 'xaxis2', 'xaxis3', 'yaxis2', 'yaxis3']
  const narrowPx = 480
  let printing = false

  function colours(): { ink: string; rule: string; hover: string } {
    return dark.matches && !printing
      ? { ink: '#c9cfd6', rule: '#2f363c', hover: '#1e2327' }
      : { ink: '#3a4148', rule: '#e3e6ea', hover: '#ffffff' }
  }

  function themed(layout: DrawnLayout): Record<string, unknown> {
    const { ink, rule, hover } = colours()
    const merged: Record<string, unknown> = {
      paper_bgcolor: 'rgba(0,0,0,0)',
      plot_bgcolor: 'rgba(0,0,0,0)',
      font: { family: 'system-ui, sans-serif', size: 13, color: ink },
      hoverlabel: { bgcolor: hover, bordercolor: rule, font: { color: ink } },
      margin: { l: 64, r: 16, t: 12, b: 52 },
      hovermode: 'closest',
      ...layout,
      legend: { orientation: 'h', x: 0, xanchor: 'left', y: 1.02, yanchor: 'bottom', ...layout.legend },
    }
    for (const name of axisNames) {
      if (name in layout || name === 'xaxis' || name === 'yaxis')
        merged[name] = {
          gridcolor: rule,
          linecolor: rule,
          tickcolor: rule,
          automargin: true,
          ...layout[name],
          title: {
            font: { size: 13 },
            standoff: 8,
            ...layout[name]?.title,
          },
        }
    }
    return merged
  }

  const config = {
    responsive: true,
    displaylogo: false,
    displayModeBar: 'hover',
    modeBarButtonsToRemove: ['lasso2d', 'select2d'],
  }

  /** Breaks a label into lines of limited length, at its spaces, and within words that are longer. */
  function broken(label: string, characters: number): string {
    const lines: string[] = []
    const pieces = new RegExp(`.{1,${characters}}`, 'g')
    for (const word of label
      .split('<br>')
      .join(' ')
      .split(' ')
      .flatMap((each) => each.match(pieces) ?? [])) {
      const last = lines.at(-1)
      if (last === undefined || last.length + 1 + word.length > characters) lines.push(word)
      else lines[lines.length - 1] = `${last} ${word}`
    }
    return lines.join('<br>')
  }

  /** Long names are broken into lines, at a category axis and, on a narrow page, in the legend. */
  function withShortLines({ id, traces, layout }: DrawnFigure, width: number): DrawnFigure {
    const characterPx = 7
    const inLegend = width < narrowPx ? Math.floor((width - 120) / characterPx) : 1000
    const atAxis = Math.floor((0.36 * width) / characterPx)
    const yaxis = layout.yaxis
    const named = yaxis?.type === 'category'
    const shortened = traces.map((trace) => ({
      ...trace,
      ...(trace.name !== undefined && { name: broken(trace.name, inLegend) }),
      ...(named && { y: trace.y?.map((label) => broken(String(label), atAxis)) }),
    }))
    const labels = new Set(named ? shortened.flatMap(({ y }) => y ?? []).map(String) : [])
    const mostLines = Math.max(1, ...[...labels].map((label) => label.split('<br>').length))
    const order = named && yaxis.categoryarray?.map((label) => broken(String(label), atAxis))
    const height = layout.height && Math.max(layout.height, 150 + labels.size * (8 + 17 * mostLines))
    return {
      id,
      traces: shortened,
      layout: {
        ...layout,
        ...(height !== undefined && { height }),
        ...(order !== false && order !== undefined && { yaxis: { ...yaxis, categoryarray: order } }),
      },
    }
  }

  /**
   * Panels that would be too narrow side by side are placed one below the other, each with the y axis of the first.
   */
  function withStackedPanels({ id, traces, layout }: DrawnFigure, width: number): DrawnFigure {
    const panels = (['', '2', '3'] as const).filter((panel) => `xaxis${panel}` in layout)
    if (panels.length < 2 || width / panels.length >= 170) return { id, traces, layout }
    const share = 1 / panels.length
    const stacked: DrawnLayout = { ...layout, height: 120 + 260 * panels.length }
    for (const [i, panel] of panels.entries()) {
      const domain = [1 - (i + 0.72) * share, 1 - i * share]
      Object.assign(stacked, {
        [`xaxis${panel}`]: { ...layout[`xaxis${panel}`], domain: [0, 1], anchor: `y${panel}` },
        [`yaxis${panel}`]: { ...layout.yaxis, domain, anchor: `x${panel}` },
      })
    }
    stacked.shapes = panels.flatMap((panel, i) =>
      (layout.shapes ?? []).map(({ label, ...shape }) => ({
        ...shape,
        yref: `y${panel}`,
        ...(i === 0 && label !== undefined && { label }),
      })),
    )
    return {
      id,
      traces: traces.map((trace) => ({ ...trace, yaxis: (trace.xaxis ?? 'x').replace('x', 'y') })),
      layout: stacked,
    }
  }

  function draw(figure: DrawnFigure, width?: number): void {
    const place = document.getElementById(`plot-${figure.id}`)
    if (place === null) return
    const room = width ?? place.clientWidth
    const short = withShortLines(figure, room)
    const fitted = room < narrowPx ? withStackedPanels(short, room) : short
    const { height } = fitted.layout
    place.style.height = height === undefined ? '' : `${height}px`
    const layout = themed(fitted.layout)
    if (width !== undefined) layout['width'] = width
    void Plotly.newPlot(place, structuredClone(fitted.traces), layout, config)
  }

  // One after the other, so that the first one is visible early.
  function drawFrom(index: number): void {
    const figure = figures[index]
    if (figure === undefined) return document.documentElement.classList.add('drawn')
    draw(figure)
    page.setTimeout(() => drawFrom(index + 1), 0)
  }

  function drawAll(width?: number): void {
    for (const figure of figures) draw(figure, width)
  }

  document.documentElement.classList.remove('noscript')
  drawFrom(0)
  dark.addEventListener('change', () => drawAll())
  page.matchMedia('(max-width: 560px)').addEventListener('change', () => drawAll())
  page.addEventListener('beforeprint', () => {
    printing = true
    drawAll(660)
  })
  page.addEventListener('afterprint', () => {
    printing = false
    drawAll()
  })
  document.getElementById('save-data')?.addEventListener('click', () => {
    const text = document.getElementById('run-data')?.textContent ?? ''
    const link = document.createElement('a')
    link.href = page.URL.createObjectURL(new page.Blob([text], { type: 'application/json' }))
    link.download = 'analysis.json'
    link.click()
  })
}
