/*
 * The two records of a measurement, one per request and one per frame. Only this file lists their fields. Columns, the
 * sample file, the CSV files and simulated samples derive from these lists. Times are µs since the measurement's start
 * on the monotonic clock; NaN means that the event never happened.
 */

export const phases = ['warmup', 'measured', 'drain'] as const
/** The number that stands for a phase in a record: its index in `phases`. */
export const Phase = indexes(phases)

export const outcomes = [
  'ok',
  'http-error',
  'timeout',
  'connection-error',
  'bad-response',
  'aborted',
  'dropped',
] as const
export type OutcomeName = (typeof outcomes)[number]
/** The number that stands for an outcome in a record: its index in `outcomes`. */
export const Outcome = indexes(outcomes)

/** How a request can fail. Frames that were dropped or still open at the end were not failed by anything. */
export const failureOutcomes = [
  'http-error',
  'timeout',
  'connection-error',
  'bad-response',
] as const satisfies readonly OutcomeName[]

/** Value of a frame's `request` if no request carried it. */
export const noRequest = 0xffff_ffff

/** The layout of each type in memory and in the sample file. A `uuid` is 16 bytes, all 0 if there is none. */
export interface ColumnOf {
  u8: Uint8Array<ArrayBuffer>
  u16: Uint16Array<ArrayBuffer>
  u32: Uint32Array<ArrayBuffer>
  f32: Float32Array<ArrayBuffer>
  f64: Float64Array<ArrayBuffer>
  uuid: Uint8Array<ArrayBuffer>
}

export interface RecordField {
  name: string
  type: keyof ColumnOf
  /** Byte offset in its record in the sample file. This is the file format: never change an offset. */
  at: number
  /**
   * The meaning of the number, if it is not a plain count. `us` is written as ms in a CSV file, and NaN as an empty
   * cell.
   */
  unit?: 'us' | 'bytes' | 'phase' | 'outcome' | 'status' | 'distance' | 'request'
  /** Description in docs/columns.md. */
  meaning: string
  /** False if the field is in no CSV file. */
  csv?: false
}

/** One record per request, in order of completion. The order of this list is that of requests.csv. */
export const requestFields = [
  { name: 'request', type: 'u32', at: 48, meaning: 'Number of the request within the measurement, from 0.' },
  {
    name: 'phase',
    type: 'u8',
    at: 76,
    unit: 'phase',
    meaning: '`warmup`, `measured` or `drain`, by its due time.',
  },
  // K, or fewer in a partial batch.
  { name: 'frames', type: 'u16', at: 74, meaning: 'Frames in the request.' },
  {
    name: 'client',
    type: 'u32',
    at: 56,
    meaning: 'Edge device (camera load) or request loop (closed load), from 0.',
  },
  {
    name: 'dueUs',
    type: 'f64',
    at: 0,
    unit: 'us',
    meaning: "When the request was due, ms since the measurement's start: complete and ready to send.",
  },
  { name: 'sentUs', type: 'f64', at: 8, unit: 'us', meaning: 'When the request was sent.' },
  {
    name: 'answeredUs',
    type: 'f64',
    at: 16,
    unit: 'us',
    meaning: 'When the answer was complete; empty if there was none.',
  },
  {
    name: 'connectUs',
    type: 'f64',
    at: 24,
    unit: 'us',
    meaning: 'Time to connect before the request was sent, ms; empty if the connection was already open.',
  },
  {
    name: 'outcome',
    type: 'u8',
    at: 77,
    unit: 'outcome',
    meaning: '`ok`, `http-error`, `timeout`, `connection-error`, `bad-response` or `aborted`.',
  },
  {
    name: 'status',
    type: 'u16',
    at: 72,
    unit: 'status',
    meaning:
      'HTTP status; over gRPC 200 for OK, else the status code of gRPC (1 to 16). Empty if there was none.',
  },
  { name: 'bodyBytes', type: 'u32', at: 60, unit: 'bytes', meaning: 'Bytes of the request body.' },
  { name: 'answerBytes', type: 'u32', at: 64, unit: 'bytes', meaning: 'Bytes of the response body.' },
  {
    name: 'answerDeviation',
    type: 'f32',
    at: 68,
    unit: 'distance',
    meaning:
      'Largest difference between a number in the answer and in the reference answer; empty if not compared.',
  },
  {
    name: 'serverRequestId',
    type: 'uuid',
    at: 32,
    meaning:
      "The server's x-request-id, over gRPC the id that the client gave to the request; empty if there was none.",
  },
  {
    name: 'firstFrame',
    type: 'u32',
    at: 52,
    meaning:
      'Index of its first frame in the clip. Under closed load the others follow in order, modulo the length of the clip.',
    csv: false,
  },
] as const satisfies readonly RecordField[]

export type RequestField = (typeof requestFields)[number]['name']

export const requestRecordBytes = 80

/** Camera load only: one record per frame, in order of completion. The order of this list is that of frames.csv. */
export const frameFields = [
  { name: 'camera', type: 'u32', at: 8, meaning: 'Number of the camera, from 0.' },
  {
    name: 'frame',
    type: 'u32',
    at: 12,
    meaning: 'Zero-based frame index of this camera.',
  },
  {
    name: 'phase',
    type: 'u8',
    at: 20,
    unit: 'phase',
    meaning: '`warmup`, `measured` or `drain`, by its capture time.',
  },
  {
    name: 'capturedUs',
    type: 'f64',
    at: 0,
    unit: 'us',
    meaning: "Scheduled capture time, ms since the measurement's start.",
  },
  {
    name: 'request',
    type: 'u32',
    at: 16,
    unit: 'request',
    meaning: 'The request that carried it; empty if the frame was dropped.',
  },
  { name: 'outcome', type: 'u8', at: 21, unit: 'outcome', meaning: 'Outcome of its request, or `dropped`.' },
] as const satisfies readonly RecordField[]

export const frameRecordBytes = 24

export type Columns<Fields extends readonly RecordField[]> = { count: number } & {
  [Field in Fields[number] as Field['name']]: ColumnOf[Field['type']]
}

/** One entry per request. */
export type RequestColumns = Columns<typeof requestFields>

/** One entry per frame. */
export interface FrameColumns extends Columns<typeof frameFields> {
  /** Row of the request that carried the frame; −1 if no request did. */
  requestRow: Int32Array
  /** When that request was due and when it was answered; NaN if it never was. */
  dueUs: Float64Array
  answeredUs: Float64Array
}

export interface MeasurementSamples {
  requests: RequestColumns
  frames: FrameColumns
}

/**
 * One finished request, as the load thread knows it. The object is reused for every request, so callers must not keep
 * it.
 */
export type RequestSample = {
  -readonly [Field in (typeof requestFields)[number] as Field['name']]: Field['type'] extends 'uuid'
    ? // The 16 bytes as four words in memory order.
      Uint32Array
    : number
}

/** An empty sample: all times unknown, all counts 0. */
export function emptyRequestSample(): RequestSample {
  const values = requestFields.map(({ name, type }) => [name, emptyValue(type)])
  return Object.fromEntries(values)
}

/** Clears a sample, so that only known values have to be set. */
export function clearRequestSample(sample: RequestSample): void {
  Object.assign(sample, emptyRequestSample())
}

function emptyValue(type: RecordField['type']): number | Uint32Array {
  if (type === 'uuid') return new Uint32Array(4)
  return type === 'f64' || type === 'f32' ? Number.NaN : 0
}

const elementBytes: Record<RecordField['type'], number> = { u8: 1, u16: 2, u32: 4, f32: 4, f64: 8, uuid: 1 }

/** The index of each field in a typed array of its own type over a record: its place in bytes ÷ its size. */
export function fieldIndexes<const Fields extends readonly RecordField[]>(
  fields: Fields,
): { readonly [Name in Fields[number]['name']]: number } {
  const entries = fields.map(({ name, type, at }) => [name, at / elementBytes[type]])
  return Object.fromEntries(entries)
}

function indexes<const Names extends readonly string[]>(
  names: Names,
): { readonly [Name in Names[number]]: number } {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- fromEntries forgets which names went in
  return Object.fromEntries(names.map((name, index) => [name, index])) as Record<Names[number], number>
}
