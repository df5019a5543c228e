/*
 * The page's script. It is written into the report as text (Function.prototype.toString), so it may use nothing
 * from outside of itself; the interfaces name the few parts of the browser that it touches.
 */

interface PageElement {
  textContent: string | null
  clientWidth: number
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

interface DrawnFigure {
  id: string
  traces: unknown[]
  layout: Record<string, { title?: object } | undefined>
}

/** Draws each figure in its place, in the reader's colours, and again when these change or the page is printed. */
export function drawPlots(page: Page): void {
  const { document, Plotly } = page
  const dark = page.matchMedia('(prefers-color-scheme: dark)')
  const figures: DrawnFigure[] = JSON.parse(document.getElementById('figures')?.textContent ?? '[]')
  const axisNames = ['xaxis', 'yaxis', 'xaxis2', 'xaxis3', 'yaxis2']
  let printing = false

  function colours(): { ink: string; rule: string; hover: string } {
    return dark.matches && !printing
      ? { ink: '#c9cfd6', rule: '#2f363c', hover: '#1e2327' }
      : { ink: '#3a4148', rule: '#e3e6ea', hover: '#ffffff' }
  }

  function themed(layout: DrawnFigure['layout']): Record<string, unknown> {
    const { ink, rule, hover } = colours()
    const merged: Record<string, unknown> = {
      paper_bgcolor: 'rgba(0,0,0,0)',
      plot_bgcolor: 'rgba(0,0,0,0)',
      font: { family: 'system-ui, sans-serif', size: 13, color: ink },
      hoverlabel: { bgcolor: hover, bordercolor: rule, font: { color: ink } },
      margin: { l: 64, r: 16, t: 12, b: 52 },
      hovermode: 'closest',
      ...layout,
      legend: { orientation: 'h', x: 0, xanchor: 'left', y: 1.02, yanchor: 'bottom', ...layout['legend'] },
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

  function draw(figure: DrawnFigure, width?: number): void {
    const place = document.getElementById(`plot-${figure.id}`)
    if (place === null) return
    const layout = themed(figure.layout)
    if (width !== undefined) layout['width'] = width
    void Plotly.newPlot(place, structuredClone(figure.traces), layout, config)
  }

  // One after the other, so that the first is there before the last is begun.
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
