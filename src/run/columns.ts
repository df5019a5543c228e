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
  type RequestField,
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

/** Columns for `count` requests, all 0. Those of fields that are not wanted are empty. */
export function allocateRequests(count: number, wanted?: readonly RequestField[]): RequestColumns {
  return allocate(requestFields, count, wanted)
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
  wanted?: readonly string[],
): Columns<Fields> {
  const columns: Record<string, unknown> = { count }
  for (const { name, type } of fields) {
    const rows = wanted === undefined || wanted.includes(name) ? count : 0
    columns[name] = new viewOf[type](rows * (type === 'uuid' ? uuidBytes : 1))
  }
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
  for (const field of requestFields) {
    const column = columns[field.name]
    if (column.length > 0) take(field, column, bytes, requestRecordBytes, count, row)
  }
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

/** The first `count` rows of columns, sharing their memory. */
export function firstRequests(columns: RequestColumns, count: number): RequestColumns {
  return first(requestFields, columns, count)
}

export function firstFrames(columns: FrameColumns, count: number): FrameColumns {
  const { requestRow, dueUs, answeredUs } = columns
  return {
    ...first(frameFields, columns, count),
    requestRow: requestRow.subarray(0, count),
    dueUs: dueUs.subarray(0, count),
    answeredUs: answeredUs.subarray(0, count),
  }
}

function first<const Fields extends readonly RecordField[]>(
  fields: Fields,
  columns: Columns<Fields>,
  count: number,
): Columns<Fields> {
  const some: Record<string, unknown> = { count }
  for (const { name, type } of fields)
    some[name] = columnNamed(columns, name).subarray(0, count * (type === 'uuid' ? uuidBytes : 1))
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- built from the very list that the type derives from
  return some as Columns<Fields>
}

/**
 * Copies rows of columns, in ascending order, to the rows of others from `to` on. They may be the same columns, if no row
 * moves behind its place. Values that come from the requests of frames are not copied.
 */
export function copyRequests(
  from: RequestColumns,
  rows: Uint32Array,
  others: RequestColumns,
  to: number,
): void {
  for (const { name, type } of requestFields)
    if (from[name].length > 0) copy(type, from[name], rows, others[name], to)
}

export function copyFrames(from: FrameColumns, rows: Uint32Array, others: FrameColumns, to: number): void {
  for (const { name, type } of frameFields) copy(type, from[name], rows, others[name], to)
}

type Column = ColumnOf[keyof ColumnOf]

function columnNamed(columns: object, name: string): Column {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a name of the list from which the columns were built
  return (columns as Record<string, Column>)[name]!
}

/** One loop per type of column, as in `take`. */
function copy(type: RecordField['type'], from: Column, rows: Uint32Array, to: Column, at: number): void {
  const { length } = rows
  if (from instanceof Float64Array) for (let i = 0; i < length; i++) to[at + i] = from[rows[i]!]!
  else if (from instanceof Float32Array) for (let i = 0; i < length; i++) to[at + i] = from[rows[i]!]!
  else if (from instanceof Uint32Array) for (let i = 0; i < length; i++) to[at + i] = from[rows[i]!]!
  else if (from instanceof Uint16Array) for (let i = 0; i < length; i++) to[at + i] = from[rows[i]!]!
  else if (type !== 'uuid') for (let i = 0; i < length; i++) to[at + i] = from[rows[i]!]!
  else {
    const [source, target] = [wordsOf(from), wordsOf(to)]
    for (let i = 0; i < length; i++)
      for (let word = 0; word < 4; word++) target[4 * (at + i) + word] = source[4 * rows[i]! + word]!
  }
}

function wordsOf({ buffer, byteOffset, byteLength }: Column): Uint32Array {
  return new Uint32Array(buffer, byteOffset, byteLength / 4)
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
  } else if (type === 'uuid') {
    const source = new Uint32Array(buffer, byteOffset)
    const words = wordsOf(column)
    for (let i = 0; i < count; i++)
      for (let word = 0; word < 4; word++)
        words[4 * (row + i) + word] = source[at / 4 + (i * recordBytes) / 4 + word]!
  } else {
    const source = new Uint8Array(buffer, byteOffset)
    for (let i = 0; i < count; i++) column[row + i] = source[first + i * step]!
  }
}

/** Fills the frame columns whose values come from the requests that carried the frames. */
export function linkFrames(samples: MeasurementSamples): MeasurementSamples {
  const { requests, frames } = samples
  const rowOf = frames.count === 0 ? () => -1 : requestRows(requests)
  const rows = new Int32Array(frames.count)
  for (let i = 0; i < frames.count; i++) rows[i] = rowOf(frames.request[i]!)
  return linkToRows(samples, rows)
}

/** @param rows the row of the request that carried a frame, by the row of the frame; −1 if there is none */
export function linkToRows(samples: MeasurementSamples, rows: Int32Array): MeasurementSamples {
  const { requests, frames } = samples
  frames.requestRow.set(rows)
  for (let i = 0; i < frames.count; i++) {
    const row = rows[i]!
    frames.dueUs[i] = row < 0 ? Number.NaN : requests.dueUs[row]!
    frames.answeredUs[i] = row < 0 ? Number.NaN : requests.answeredUs[row]!
  }
  return samples
}

/** Finds the row of a request by its number; −1 if there is none. Rows are in order of completion. */
export function requestRows({ request, count }: RequestColumns): (number: number) => number {
  let [first, last] = [noRequest, 0]
  for (let row = 0; row < count; row++) {
    const number = request[row]!
    if (number < first) first = number
    if (number > last) last = number
  }
  return last - first < 4 * count
    ? rowsByDistance(request, count, { first, last })
    : rowsInTable(request, count)
}

/** Numbers that are close together. */
function rowsByDistance(
  request: Uint32Array,
  count: number,
  { first, last }: { first: number; last: number },
): (number: number) => number {
  const rows = new Int32Array(Math.max(0, last - first + 1)).fill(-1)
  for (let row = 0; row < count; row++) rows[request[row]! - first] = row
  return (number) => (number === noRequest || number < first || number > last ? -1 : rows[number - first]!)
}

/** A table with open addressing: a damaged file may contain any number. */
function rowsInTable(request: Uint32Array, count: number): (number: number) => number {
  const bits = Math.max(4, Math.ceil(Math.log2(2 * count + 1)))
  const rows = new Int32Array(1 << bits).fill(-1)
  const placeOf = (number: number) => {
    let place = Math.imul(number, 0x9e_37_79_b1) >>> (32 - bits)
    while (rows[place]! >= 0 && request[rows[place]!] !== number) place = (place + 1) & (rows.length - 1)
    return place
  }
  for (let row = 0; row < count; row++) rows[placeOf(request[row]!)] = row
  return (number) => (number === noRequest ? -1 : rows[placeOf(number)]!)
}
