import Table from 'cli-table3'
import wrapAnsi from 'wrap-ansi'
import { cellText, type Table as TableData } from './table.js'

/** The table as plain text without borders. Columns are two spaces apart. Long headers are broken into lines. */
export function renderTerminalTable({ columns, rows }: TableData): string {
  const table = new Table({
    head: columns.map(({ header }) => (header.length > 16 ? wrapAnsi(header, 12) : header)),
    colAligns: columns.map(({ align }) => align),
    chars: { ...noFrame, middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  })
  table.push(...rows.map((row) => row.map(cellText)))
  return table.toString().replaceAll(/ +$/gm, '')
}

const noFrame = Object.fromEntries(
  'top top-mid top-left top-right bottom bottom-mid bottom-left bottom-right left left-mid mid mid-mid right right-mid'
    .split(' ')
    .map((part) => [part, '']),
)

/** The width of a text that is not wrapped. */
export const unlimited = Number.MAX_SAFE_INTEGER

/** Notes as a list, wrapped at `columns`. */
export function renderTerminalList(notes: readonly string[], columns: number): string[] {
  return notes.map((note) => wrapText(`- ${note}`, { columns, hanging: 2 }))
}

/**
 * Wraps a text between words, and within words that are longer than a line.
 *
 * @param indent spaces before the first line
 * @param hanging spaces before the other lines (default: as the first)
 */
export function wrapText(
  text: string,
  { columns, indent = 0, hanging = indent }: { columns: number; indent?: number; hanging?: number },
): string {
  const lines = wrapAnsi(text, columns - Math.max(indent, hanging), { hard: true }).split('\n')
  return lines.map((line, i) => ' '.repeat(i === 0 ? indent : hanging) + line).join('\n')
}
