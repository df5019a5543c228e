import { cellText, type Table } from './table.js'

/** The table as lines of GitHub-flavoured Markdown; every cell is escaped. */
export function renderMarkdownTable({ columns, rows }: Table): string[] {
  return [
    line(columns.map(({ header }) => escapeMarkdown(header))),
    line(columns.map(({ align }) => (align === 'right' ? '---:' : '---'))),
    ...rows.map((row) => line(row.map((cell) => escapeMarkdown(cellText(cell))))),
  ]
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

/**
 * Escapes text from a scenario or a server, and joins it to one line. Markdown passes HTML through, a bar ends a table
 * cell, and `#` begins a heading.
 */
export function escapeMarkdown(text: string): string {
  return text
    .replaceAll(/[\\`*_[\]|#]/g, String.raw`\$&`)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/\s+/g, ' ')
}
