import { html, type Html } from './html.js'

export interface TableColumn {
  name: string
  numeric?: boolean
  meaning?: string
}

/** A table that scrolls sideways on a narrow page, and by keyboard too. */
export function table(label: string, columns: TableColumn[], rows: Html[]): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}">
    <table>
      <thead>
        <tr>
          ${columns.map(({ name, numeric, meaning }) => heading(name, numeric === true, meaning))}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`
}

/** Cells are text; those that look like figures stand to the right. */
export function textTable(label: string, columns: string[], rows: string[][]): Html {
  const numeric = columns.map((_, i) => rows.every((row) => row[i] === '' || /^[\d.]/.test(row[i] ?? '')))
  return table(
    label,
    columns.map((name, i) => ({ name, numeric: numeric[i] })),
    rows.map(
      (row) =>
        html`<tr>
          ${row.map((text, i) => cell(text, numeric[i] === true))}
        </tr>`,
    ),
  )
}

export function cell(content: Html | string, numeric: boolean): Html {
  return numeric ? html`<td class="number">${content}</td>` : html`<td>${content}</td>`
}

function heading(name: string, numeric: boolean, meaning: string | undefined): Html {
  return html`<th scope="col" class="${numeric ? 'number' : ''}" title="${meaning ?? ''}">${name}</th>`
}
