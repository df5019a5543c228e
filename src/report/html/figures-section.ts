import { isDrawn, type AbsentFigure, type Figure } from '../plots/figure.js'
import type { FigureGroup } from '../plots/report-figures.js'
import { html, type Html } from './html.js'
import { renderHtmlTable } from '../table/html-table.js'
import { tableOfTexts } from '../table/table.js'

/** A group of plots, each with its question, how to read it, and its figures as a table. */
export function figuresSection({ id, title, figures }: FigureGroup): Html {
  const absent = figures.filter((figure): figure is AbsentFigure => !isDrawn(figure))
  return html`<section aria-labelledby="${id}">
    <h2 id="${id}">${title}</h2>
    <div class="figures">${figures.filter(isDrawn).map(drawn)}</div>
    ${
      absent.length > 0 &&
      html`<ul class="absent">
        ${absent.map(({ title, reason }) => html`<li><b>${title}</b> ${withCode(reason)}</li>`)}
      </ul>`
    }
  </section>`
}

function drawn({ id, title, caption, table, layout }: Figure): Html {
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

/** Words between backticks are code. */
function withCode(text: string): Html[] {
  return text.split('`').map((part, i) => (i % 2 === 1 ? html`<code>${part}</code>` : html`${part}`))
}
