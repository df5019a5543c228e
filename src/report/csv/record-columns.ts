import { toMs } from '../../analysis/percentile.js'
import { noRequest, outcomes, phases, type RecordField } from '../../run/record.js'
import type { Cell, TypedColumn } from './csv-file.js'

/**
 * The columns of a record in CSV and Parquet files: one per field of its list, in the order of the list. µs become ms in
 * name and value.
 * @param columnsOf where the fields of a row's record are, and at which index
 */
export function recordColumns<Row, Name extends string>(
  fields: readonly (RecordField & { name: Name })[],
  columnsOf: (row: Row) => { columns: Readonly<Record<Name, ArrayLike<number>>>; at: number },
): TypedColumn<Row>[] {
  return fields
    .filter(({ csv }) => csv !== false)
    .map((field): TypedColumn<Row> => {
      const { meaning } = field
      if (field.type === 'uuid') {
        const bytes = (row: Row) => {
          const { columns, at } = columnsOf(row)
          const column = columns[field.name]
          return column instanceof Uint8Array ? uuidBytes(column, at * 16) : undefined
        }
        return { name: field.name, meaning, type: 'uuid', bytes, cell: (row) => formatUuid(bytes(row)) }
      }
      return {
        name: field.unit === 'us' ? field.name.replace(/Us$/, 'Ms') : field.name,
        meaning,
        type: cellType(field),
        cell: (row) => {
          const { columns, at } = columnsOf(row)
          return formatCell(field, columns[field.name][at]!)
        },
      }
    })
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

/** Undefined if all are 0. */
function uuidBytes(column: Uint8Array, at: number): Uint8Array | undefined {
  const bytes = column.subarray(at, at + 16)
  return bytes.some((byte) => byte !== 0) ? bytes : undefined
}

function formatUuid(bytes: Uint8Array | undefined): string | undefined {
  if (bytes === undefined) return undefined
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, 16).toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
