import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { once } from 'node:events'
import { basename } from 'node:path'
import { finished } from 'node:stream/promises'
import { type Cell, openCsvBytes } from './csv-bytes.js'

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

/** Bytes that are written together. */
const bytesAtOnce = 1 << 16

/** A CSV file with a header line. */
export function createCsv<Row>(
  file: string,
  columns: readonly (Column<Row> | TypedColumn<Row>)[],
): RowFile<Row> {
  const unfinished = `${file}.unfinished`
  const output = createWriteStream(unfinished, { highWaterMark: 1 << 20 })
  const written = finished(output)
  // Without a listener a failing disk would end the process before `end` can report it.
  written.catch(() => undefined)
  const waiting = openCsvBytes()
  const uuid = new Uint8Array(16)
  let count = 0
  for (const { name } of columns) waiting.addCell(name)
  waiting.endRow()
  const cells = columns.map((column) =>
    'copyTo' in column
      ? (row: Row) => (column.copyTo(row, uuid, 0) ? waiting.addUuid(uuid) : waiting.addCell(undefined))
      : (row: Row) => waiting.addCell(column.cell(row)),
  )

  return {
    write(row) {
      count++
      for (const add of cells) add(row)
      waiting.endRow()
      if (waiting.length() < bytesAtOnce || output.write(waiting.take())) return undefined
      return Promise.race([once(output, 'drain').then(() => undefined), written])
    },
    async end() {
      output.end(waiting.take())
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
    /** @param copyTo puts the 16 bytes at a place of others; false if there is none */
    | { type: 'uuid'; copyTo: (row: Row, bytes: Uint8Array, at: number) => boolean }
  )
