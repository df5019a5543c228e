import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { once } from 'node:events'
import { basename } from 'node:path'
import { finished } from 'node:stream/promises'
import { stringify } from 'csv-stringify/sync'

/** A file of rows, which are written as they come, so that a million of them need no memory. */
export interface RowFile<Row> {
  /** Resolves at once unless the disk cannot keep up. */
  write: (row: Row) => Promise<void> | undefined
  /** Renames the file to its final name, so that a crash leaves no incomplete file behind. */
  end: () => Promise<WrittenFile>
  /** Removes the unfinished file. */
  discard: () => Promise<void>
}

export interface WrittenFile {
  /** Without its folder. */
  name: string
  /** Without the header. */
  rows: number
}

/**
 * Rows that become text together. As records of a stream, or in thousands, they take a third more time, because more of
 * them survive until the memory is collected.
 */
const rowsAtOnce = 32

/** A CSV file with a header line. */
export function createCsv<Row>(file: string, columns: readonly Column<Row>[]): RowFile<Row> {
  const unfinished = `${file}.unfinished`
  const output = createWriteStream(unfinished, { highWaterMark: 1 << 20 })
  const written = finished(output)
  // Without a listener a failing disk would end the process before `end` can report it.
  written.catch(() => undefined)
  let waiting: Cell[][] = []
  let count = 0
  output.write(textOf([columns.map(({ name }) => name)]))

  function writeWaiting(): boolean {
    const text = textOf(waiting)
    waiting = []
    return output.write(text)
  }

  return {
    write(row) {
      count++
      waiting.push(columns.map(({ cell }) => cell(row)))
      if (waiting.length < rowsAtOnce || writeWaiting()) return undefined
      return Promise.race([once(output, 'drain').then(() => undefined), written])
    },
    async end() {
      writeWaiting()
      output.end()
      await written
      await rename(unfinished, file)
      return { name: basename(file), rows: count }
    },
    async discard() {
      output.destroy()
      await written.catch(() => undefined)
      await rm(unfinished, { force: true })
    },
  }
}

/**
 * Cells contain text from scenarios and servers. Text that a spreadsheet would run as a formula is neutralised
 * (https://owasp.org/www-community/attacks/CSV_Injection).
 */
function textOf(rows: readonly (readonly Cell[])[]): string {
  return stringify([...rows], { escape_formulas: true })
}

export type Cell = string | number | undefined

/** One column of a CSV file: its name, its description in docs/columns.md, and its cell in a row. */
export interface Column<Row> {
  name: string
  meaning: string
  cell: (row: Row) => Cell
}

/** One column of a file that is written as CSV or Parquet. */
export type TypedColumn<Row> = Column<Row> &
  (
    | { type: 'uint32' | 'double' | 'string' }
    /** @param bytes the 16 bytes, valid until the next call; undefined if there is none */
    | { type: 'uuid'; bytes: (row: Row) => Uint8Array | undefined }
  )
