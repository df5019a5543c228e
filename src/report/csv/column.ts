export type Cell = string | number | undefined

/** One column of a CSV file: its name, what docs/columns.md says of it, and its cell in a row. */
export interface Column<Row> {
  name: string
  meaning: string
  cell: (row: Row) => Cell
}
