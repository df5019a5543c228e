import { toMs } from '../../analysis/percentile.js'
import { noRequest, outcomes, phases, type RecordField } from '../../run/record.js'
import type { Cell } from './csv-bytes.js'
import type { TypedColumn } from './csv-file.js'

/**
 * The columns of a record in CSV and Parquet files: one per field of its list, in the order of the list. µs become ms in
 * name and value.
 * @param columnsOf where the fields of a row's record are, at the index `row`
 */
export function recordColumns<Row extends { row: number }, Name extends string>(
  fields: readonly (RecordField & { name: Name })[],
  columnsOf: (row: Row) => Readonly<Record<Name, ArrayLike<number>>>,
): TypedColumn<Row>[] {
  return fields
    .filter(({ csv }) => csv !== false)
    .map((field): TypedColumn<Row> => {
      const { name, meaning, type } = field
      if (type === 'uuid') {
        const copyTo = (row: Row, bytes: Uint8Array, at: number) =>
          copyUuid(columnsOf(row)[name], 16 * row.row, bytes, at)
        return { name, meaning, type, copyTo, cell: (row) => formatUuid((bytes) => copyTo(row, bytes, 0)) }
      }
      const valueAt = readers[type]
      return {
        name: field.unit === 'us' ? name.replace(/Us$/, 'Ms') : name,
        meaning,
        type: cellType(field),
        cell: (row) => formatCell(field, valueAt(columnsOf(row)[name], row.row)),
      }
    })
}

type Column = ArrayLike<number>

/** One function per type of column. One for all types would be several times slower. */
const readers: Record<Exclude<RecordField['type'], 'uuid'>, (column: Column, at: number) => number> = {
  u8: (column, at) => column[at]!,
  u16: (column, at) => column[at]!,
  u32: (column, at) => column[at]!,
  f32: (column, at) => column[at]!,
  f64: (column, at) => column[at]!,
}

function cellType({ type, unit }: RecordField): 'uint32' | 'double' | 'string' {
  if (unit === 'phase' || unit === 'outcome') return 'string'
  return type === 'f64' || type === 'f32' ? 'double' : 'uint32'
}

function formatCell({ unit }: RecordField, value: number): Cell {
  switch (unit) {
    case 'us':
      return toMs(value)
    case 'phase':
      return phases[value]
    case 'outcome':
      return outcomes[value]
    case 'status':
      return value === 0 ? undefined : value
    case 'request':
      return value === noRequest ? undefined : value
    case 'distance':
      return Number.isNaN(value) ? undefined : Number(value.toPrecision(3))
    case 'bytes':
    case undefined:
      return value
  }
}

/** False if all bytes are 0: there is none. */
function copyUuid(from: Column, first: number, to: Uint8Array, at: number): boolean {
  let isThere = false
  for (let i = 0; i < 16; i++) {
    const byte = from[first + i]!
    if (byte !== 0) isThere = true
    to[at + i] = byte
  }
  return isThere
}

const uuid = Buffer.alloc(16)

function formatUuid(copyTo: (bytes: Uint8Array) => boolean): string | undefined {
  if (!copyTo(uuid)) return undefined
  const hex = uuid.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
