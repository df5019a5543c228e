import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { isDrawn, type AbsentFigure, type Figure } from '../plots/figure.js'
import { drawPlots } from './draw-plots.js'
import { Html, html, jsonScript, renderHtmlTable } from './html.js'
import { pageStyle } from './page-style.js'
import type { FigureGroup } from '../plots/report-figures.js'
import { tableOfTexts } from '../table/table.js'

export interface PageParts {
  title: string
  /** header, main and footer. */
  body: Html
  /** Drawn in the elements `plot-<id>` of the body. */
  figures: Figure[]
  /** Embedded, and saved by the button `save-data`. */
  data: unknown
}

/**
 * One self-contained HTML file. Its content security policy enforces that: no network, and no scripts besides its own.
 */
export async function pageHtml({ title, body, figures, data }: PageParts): Promise<string> {
  const drawn = figures.map(({ id, traces, layout }) => ({ id, traces, layout }))
  const page = html`<!doctype html>
    <html lang="en" class="noscript">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"
        />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        <style>
          ${new Html(pageStyle)}
        </style>
      </head>
      <body>
        <a class="skip" href="#verdict">Skip to the verdict</a>
        ${body} ${jsonScript('run-data', data)} ${jsonScript('figures', drawn)}
        <script>
          ${new Html(await plotly())}
        </script>
        <script>
          ;(${new Html(drawPlots.toString())})(window)
        </script>
      </body>
    </html> `
  return page.text
}

/** Plotly's own minified bundle. It must not contain `</script`; a test checks this. */
async function plotly(): Promise<string> {
  const file = createRequire(import.meta.url).resolve('plotly.js-dist-min')
  return readFile(file, 'utf8')
}

/** Names with their values. */
export function factsHtml(
  className: string,
  facts: readonly (readonly [name: string, value: string])[],
): Html {
  return html`<dl class="${className}">
    ${facts.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`
}

/** What limits an answer, below it; nothing if nothing does. */
export function caveatsHtml(texts: readonly string[]): Html | false {
  return (
    texts.length > 0 &&
    html`<ul class="caveats">
      ${texts.map((text) => html`<li>${text}</li>`)}
    </ul>`
  )
}

/** A group of plots, each with its question, how to read it, and its figures as a table. */
export function figuresSection({ id, title, note, figures }: FigureGroup): Html {
  const absent = figures.filter((figure): figure is AbsentFigure => !isDrawn(figure))
  return html`<section aria-labelledby="${id}">
    <h2 id="${id}">${title}</h2>
    ${note !== undefined && html`<p>${note}</p>`}
    <div class="figures">${figures.filter(isDrawn).map(figureHtml)}</div>
    ${
      absent.length > 0 &&
      html`<ul class="absent">
        ${absent.map(({ title, reason }) => html`<li><b>${title}</b> ${withCode(reason)}</li>`)}
      </ul>`
    }
  </section>`
}

/** A plot with its title, how to read it, and its data. */
export function figureHtml({ id, title, caption, table, layout }: Figure): Html {
  const height = layout.height === undefined ? '' : `height: ${layout.height}px`
  return html`<figure id="${id}">
    <h3>${title}</h3>
    <div class="plot" id="plot-${id}" style="${height}" role="group" aria-label="${title} ${caption}"></div>
    <figcaption>${caption}</figcaption>
    <details>
      <summary>Data of this plot</summary>
      ${renderHtmlTable(tableOfTexts(title, table.columns, table.rows))}
    </details>
  </figure>`
}

/** Formats words in backticks as code. */
function withCode(text: string): Html[] {
  return text.split('`').map((part, i) => (i % 2 === 1 ? html`<code>${part}</code>` : html`${part}`))
}
