import type { BatchingMode } from '../../scenario/plan/plan.js'

/** A table as data: the terminal, Markdown and HTML show the same one. */
export interface Table {
  /** Names the table for screen readers. */
  label: string
  columns: readonly TableColumn[]
  /** One cell per column. */
  rows: readonly (readonly TableCell[])[]
  /** Indices of the rows that are highlighted. */
  highlighted?: ReadonlySet<number> | undefined
}

export interface TableColumn {
  header: string
  /** `right` for figures. */
  align: 'left' | 'right'
  /** Explains the header: a tooltip in HTML. */
  meaning?: string
  /** Prose that may be broken into lines. */
  prose?: boolean
}

/** Text, or text with a style for renderers that support it. */
export type TableCell = string | { text: string; look: CellLook }

/** `mode-…` is the mark of a batching mode; `mode-none` of no batching. */
export type CellLook = 'good' | 'bad' | 'strong' | `mode-${BatchingMode | 'none'}`

/** A column of a table with one row per item. */
export interface ItemColumn<Item> extends TableColumn {
  cell: (item: Item) => TableCell
}

export function tableOfItems<Item>(
  label: string,
  columns: readonly ItemColumn<Item>[],
  items: readonly Item[],
): Table {
  return { label, columns, rows: items.map((item) => columns.map(({ cell }) => cell(item))) }
}

/** A table of texts; a column of figures is aligned to the right. */
export function tableOfTexts(label: string, headers: readonly string[], rows: readonly string[][]): Table {
  return {
    label,
    columns: headers.map((header, i) => ({
      header,
      align: rows.every((row) => row[i] === '' || /^[\d.]/.test(row[i] ?? '')) ? 'right' : 'left',
    })),
    rows,
  }
}

export function cellText(cell: TableCell): string {
  return typeof cell === 'string' ? cell : cell.text
}
