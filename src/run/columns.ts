import {
  type ColumnOf,
  type Columns,
  type FrameColumns,
  frameFields,
  frameRecordBytes,
  type MeasurementSamples,
  noRequest,
  type RecordField,
  type RequestColumns,
  requestFields,
  requestRecordBytes,
} from './record.js'

const uuidBytes = 16

const viewOf = {
  u8: Uint8Array,
  u16: Uint16Array,
  u32: Uint32Array,
  f32: Float32Array,
  f64: Float64Array,
  uuid: Uint8Array,
} as const

/** Columns for `count` requests, all 0. */
export function allocateRequests(count: number): RequestColumns {
  return allocate(requestFields, count)
}

/** Columns for `count` frames, all 0. `linkFrames` fills the values that come from their requests. */
export function allocateFrames(count: number): FrameColumns {
  return {
    ...allocate(frameFields, count),
    requestRow: new Int32Array(count),
    dueUs: new Float64Array(count),
    answeredUs: new Float64Array(count),
  }
}

function allocate<const Fields extends readonly RecordField[]>(
  fields: Fields,
  count: number,
): Columns<Fields> {
  const columns: Record<string, unknown> = { count }
  for (const { name, type } of fields)
    columns[name] = new viewOf[type](count * (type === 'uuid' ? uuidBytes : 1))
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- built from the very list that the type derives from
  return columns as Columns<Fields>
}

/** Puts `count` request records, which begin at a multiple of 8 bytes, into the columns from row `row` on. */
export function takeRequests(
  bytes: Uint8Array<ArrayBuffer>,
  count: number,
  columns: RequestColumns,
  row: number,
): void {
  for (const field of requestFields) take(field, columns[field.name], bytes, requestRecordBytes, count, row)
}

/** Puts `count` frame records, which begin at a multiple of 8 bytes, into the columns from row `row` on. */
export function takeFrames(
  bytes: Uint8Array<ArrayBuffer>,
  count: number,
  columns: FrameColumns,
  row: number,
): void {
  for (const field of frameFields) take(field, columns[field.name], bytes, frameRecordBytes, count, row)
}

/** One loop per type of column. A loop over all types would be ten times slower for a million records. */
function take(
  { type, at }: RecordField,
  column: ColumnOf[keyof ColumnOf],
  { buffer, byteOffset }: Uint8Array<ArrayBuffer>,
  recordBytes: number,
  count: number,
  row: number,
): void {
  const step = recordBytes / column.BYTES_PER_ELEMENT
  const first = at / column.BYTES_PER_ELEMENT
  if (column instanceof Float64Array) {
    const source = new Float64Array(buffer, byteOffset)
    for (let i = 0; i < count; i++) column[row + i] = source[first + i * step]!
  } else if (column instanceof Float32Array) {
    const source = new Float32Array(buffer, byteOffset)
    for (let i = 0; i < count; i++) column[row + i] = source[first + i * step]!
  } else if (column instanceof Uint32Array) {
    const source = new Uint32Array(buffer, byteOffset)
    for (let i = 0; i < count; i++) column[row + i] = source[first + i * step]!
  } else if (column instanceof Uint16Array) {
    const source = new Uint16Array(buffer, byteOffset)
    for (let i = 0; i < count; i++) column[row + i] = source[first + i * step]!
  } else {
    const source = new Uint8Array(buffer, byteOffset)
    const width = type === 'uuid' ? uuidBytes : 1
    for (let i = 0; i < count; i++)
      for (let byte = 0; byte < width; byte++)
        column[(row + i) * width + byte] = source[first + i * step + byte]!
  }
}

/** Fills the frame columns whose values come from the requests that carried the frames. */
export function linkFrames(samples: MeasurementSamples): MeasurementSamples {
  const { requests, frames } = samples
  const rowOf = frames.count === 0 ? () => -1 : requestRows(requests)
  for (let i = 0; i < frames.count; i++) {
    const row = rowOf(frames.request[i]!)
    frames.requestRow[i] = row
    frames.dueUs[i] = row < 0 ? Number.NaN : requests.dueUs[row]!
    frames.answeredUs[i] = row < 0 ? Number.NaN : requests.answeredUs[row]!
  }
  return samples
}

/** Finds the row of a request by its number; −1 if there is none. Rows are in order of completion. */
function requestRows({ request, count }: RequestColumns): (number: number) => number {
  let largest = -1
  for (let row = 0; row < count; row++) largest = Math.max(largest, request[row]!)
  // Numbers count up from 0, so a plain array can map them. A damaged file may contain any number.
  if (largest > 4 * count + 1000) {
    const rows = new Map<number, number>()
    for (let row = 0; row < count; row++) rows.set(request[row]!, row)
    return (number) => (number === noRequest ? -1 : (rows.get(number) ?? -1))
  }
  const rows = new Int32Array(largest + 1).fill(-1)
  for (let row = 0; row < count; row++) rows[request[row]!] = row
  return (number) => rows[number] ?? -1
}
