import { toMs } from '../../analysis/percentile.js'
import { noRequest, outcomes, phases, type RecordField } from '../../run/record.js'
import type { Cell, Column } from './csv-file.js'

/**
 * The CSV columns of a record: one per field of its list, in the order of the list. µs become ms in name and value.
 * @param columnsOf where the fields of a row's record are, and at which index
 */
export function recordColumns<Row, Name extends string>(
  fields: readonly (RecordField & { name: Name })[],
  columnsOf: (row: Row) => { columns: Readonly<Record<Name, ArrayLike<number>>>; at: number },
): Column<Row>[] {
  return fields
    .filter(({ csv }) => csv !== false)
    .map((field) => ({
      name: field.unit === 'us' ? field.name.replace(/Us$/, 'Ms') : field.name,
      meaning: field.meaning,
      cell: (row) => {
        const { columns, at } = columnsOf(row)
        const column = columns[field.name]
        return column instanceof Uint8Array && field.type === 'uuid'
          ? formatUuid(column, at * 16)
          : formatCell(field, column[at]!)
      },
    }))
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

function formatUuid(bytes: Uint8Array, at: number): string | undefined {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset + at, 16).toString('hex')
  if (hex === '0'.repeat(32)) return undefined
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
