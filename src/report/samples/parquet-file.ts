import { fileWriter, ParquetWriter, type ColumnSource, type SchemaElement } from 'hyparquet-writer'
import { rename, rm } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Cell } from '../csv/csv-bytes.js'
import type { RowFile, TypedColumn } from '../csv/csv-file.js'

/**
 * Rows are kept until a row group is full: 25 MB of requests. A group is large enough that the footer, which has about
 * 100 bytes per column and group and is kept in memory until the end, stays small for a hundred million rows.
 */
const rowsPerGroup = 100_000

/**
 * A Parquet file with the same cells as `createCsv`; empty cells are null. Written row group by row group, compressed with
 * Snappy, which every reader of Parquet knows.
 *
 * @throws the system's error if the file cannot be created; `write` and `end` throw it if it cannot be written
 */
export function createParquet<Row>(file: string, columns: readonly TypedColumn<Row>[]): RowFile<Row> {
  const unfinished = `${file}.unfinished`
  const schema: SchemaElement[] = [
    { name: 'root', num_children: columns.length },
    ...columns.map(({ name, type }): SchemaElement => ({
      name,
      repetition_type: 'OPTIONAL',
      ...parquetTypes[type],
    })),
  ]
  const parquet = new ParquetWriter({ writer: fileWriter(unfinished), schema })
  const waiting = columns.map((column) => openColumn(column))
  let count = 0
  let inGroup = 0

  function writeGroup(): void {
    const rows = inGroup
    void parquet.write({
      columnData: columns.map(({ name, type }, i) => ({
        name,
        // The writer asks for one column after the other. As arrays, all of them at once would take 100 MB.
        get data() {
          return waiting[i]!.values(rows)
        },
        offsetIndex: false,
        // The range of random ids helps no reader, and its ends would be read after their memory is used again.
        statistics: type !== 'uuid',
      })),
      rowGroupSize: rows,
    })
    inGroup = 0
  }

  return {
    write(row) {
      for (const column of waiting) column.set(inGroup, row)
      count++
      inGroup++
      if (inGroup === rowsPerGroup) writeGroup()
      return undefined
    },
    async end() {
      if (inGroup > 0) writeGroup()
      await parquet.finish()
      await rename(unfinished, file)
      return { name: basename(file), rows: count }
    },
    discard: () => rm(unfinished, { force: true }),
  }
}

const parquetTypes: Record<TypedColumn<never>['type'], Omit<SchemaElement, 'name'>> = {
  // Without a logical type: hyparquet-writer 0.17 writes its width in a way that DuckDB refuses.
  uint32: { type: 'INT32', converted_type: 'UINT_32' },
  double: { type: 'DOUBLE' },
  string: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  uuid: { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 16, logical_type: { type: 'UUID' } },
}

/** The cells of one column of a row group. */
interface WaitingColumn<Row> {
  set: (at: number, row: Row) => void
  /** The first `count` cells; undefined is null. */
  values: (count: number) => ColumnSource['data']
}

function openColumn<Row>(column: TypedColumn<Row>): WaitingColumn<Row> {
  if (column.type === 'uuid') {
    const bytes = new Uint8Array(16 * rowsPerGroup)
    const isThere = new Uint8Array(rowsPerGroup)
    return {
      set(at, row) {
        isThere[at] = column.copyTo(row, bytes, 16 * at) ? 1 : 0
      },
      values: (count) =>
        Array.from({ length: count }, (_, at) =>
          isThere[at] === 1 ? bytes.subarray(16 * at, 16 * at + 16) : undefined,
        ),
    }
  }
  if (column.type === 'string') {
    const cells: Cell[] = []
    return {
      set(at, row) {
        cells[at] = column.cell(row)
      },
      values: (count) => cells.slice(0, count),
    }
  }
  // NaN is an empty cell: no cell of a CSV file is NaN.
  const numbers = new Float64Array(rowsPerGroup)
  return {
    set(at, row) {
      numbers[at] = Number(column.cell(row))
    },
    values(count) {
      const empty = countEmpty(numbers, count)
      if (empty === count) return Array.from<undefined>({ length: count })
      // A typed array is faster, but whole numbers are copied to an array in any case.
      if (empty === 0 && column.type === 'double') return numbers.subarray(0, count)
      const cells: (number | undefined)[] = []
      for (let at = 0; at < count; at++) cells.push(Number.isNaN(numbers[at]) ? undefined : numbers[at])
      return cells
    },
  }
}

function countEmpty(numbers: Float64Array, count: number): number {
  let empty = 0
  for (let at = 0; at < count; at++) if (Number.isNaN(numbers[at])) empty++
  return empty
}
