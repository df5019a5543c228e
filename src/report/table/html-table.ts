import { html, type Html } from '../html/html.js'
import { cellText, type Table, type TableCell, type TableColumn } from './table.js'

/** The table in a region that scrolls horizontally on a narrow page, also by keyboard. */
export function renderHtmlTable({ label, columns, rows, highlighted }: Table): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}">
    <table>
      <thead>
        <tr>
          ${columns.map(heading)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row, i) =>
            html`<tr class="${highlighted?.has(i) === true ? 'best' : ''}">
              ${row.map((one, place) => cell(one, columns[place]!))}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`
}

function heading({ header, align, meaning }: TableColumn): Html {
  return html`<th scope="col" class="${align === 'right' ? 'number' : ''}" title="${meaning ?? ''}">
    ${header}
  </th>`
}

function cell(content: TableCell, { align, prose }: TableColumn): Html {
  const kind = align === 'right' ? 'number' : prose === true ? 'wide' : ''
  return html`<td class="${kind}">${styled(content)}</td>`
}

function styled(content: TableCell): Html | string {
  const text = cellText(content)
  if (typeof content === 'string' || text === '') return text
  const { look } = content
  if (look === 'strong') return html`<b>${text}</b>`
  return html`<span class="${look.startsWith('mode-') ? `mode ${look.slice('mode-'.length)}` : look}"
    >${text}</span
  >`
}
