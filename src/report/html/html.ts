import { cellText, type Table, type TableCell, type TableColumn } from '../table/table.js'

/** Text that is already HTML. A template escapes everything else. */
export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

type Part = Html | string | number | undefined | false | Part[]

/**
 * A template that escapes what is put into it, so that no text from a scenario, a server or a file name becomes markup.
 * Arrays are joined. undefined and false are left out.
 */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(strings.map((string, i) => string + (i < parts.length ? render(parts[i]) : '')).join(''))
}

function render(part: Part): string {
  if (part === undefined || part === false) return ''
  if (part instanceof Html) return part.text
  if (Array.isArray(part)) return part.map(render).join('')
  return escapeHtml(String(part))
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character]!)
}

/**
 * Data for the page's script. JSON inside a script element ends at `</script`, and `<!--` changes how it is
 * read: no `<` is left in it (https://html.spec.whatwg.org/multipage/scripting.html#restrictions-for-contents-of-script-elements).
 */
export function jsonScript(id: string, value: unknown): Html {
  const json = JSON.stringify(value, roundedNumbers).replaceAll('<', String.raw`\u003c`)
  return html`<script type="application/json" id="${id}">
    ${new Html(json)}
  </script>`
}

/** For JSON.stringify: more than 7 digits only make the page longer. */
function roundedNumbers(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(7)) : value
}

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
