/*
 * The two records that a measurement leaves behind, one per request and one per frame: the only place that lists their
 * fields. Columns, the sample file, the CSV files and simulated samples derive from these lists.
 * Times are µs since the measurement's start on the monotonic clock; NaN means that it never happened.
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

/** In a frame's `request`: no request carried it. */
export const noRequest = 0xffff_ffff

/** How values of a type lie in memory and in the sample file; a `uuid` is 16 bytes, all 0 where there is none. */
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
  /** Where it stands in its record in the sample file, bytes. This is the file format: never change one. */
  at: number
  /** What the number means, where it is more than a count. `us` in a CSV file is ms, and NaN is an empty cell. */
  unit?: 'us' | 'bytes' | 'phase' | 'outcome' | 'status' | 'distance' | 'request'
  /** In docs/columns.md. */
  meaning: string
  /** False: in no CSV file. */
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
  // K, and smaller in a partial batch that was flushed.
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
    meaning: "When the request was complete, ms since the measurement's start.",
  },
  { name: 'sentUs', type: 'f64', at: 8, unit: 'us', meaning: 'When it was sent.' },
  {
    name: 'answeredUs',
    type: 'f64',
    at: 16,
    unit: 'us',
    meaning: 'When its answer was complete; empty if there was none.',
  },
  {
    name: 'connectUs',
    type: 'f64',
    at: 24,
    unit: 'us',
    meaning: 'Time to connect before it was sent; empty if the connection was open.',
  },
  {
    name: 'outcome',
    type: 'u8',
    at: 77,
    unit: 'outcome',
    meaning: '`ok`, `http-error`, `timeout`, `connection-error`, `bad-response` or `aborted`.',
  },
  { name: 'status', type: 'u16', at: 72, unit: 'status', meaning: 'HTTP status; empty if there was none.' },
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
    meaning: "The server's x-request-id; empty if there was none.",
  },
  {
    name: 'firstFrame',
    type: 'u32',
    at: 52,
    meaning: 'Index of its first frame in the clip; under closed load the others follow, modulo the clip.',
    csv: false,
  },
] as const satisfies readonly RecordField[]

export const requestRecordBytes = 80

/** Camera load only: one record per frame, in order of completion. The order of this list is that of frames.csv. */
export const frameFields = [
  { name: 'camera', type: 'u32', at: 8, meaning: 'Number of the camera, from 0.' },
  {
    name: 'frame',
    type: 'u32',
    at: 12,
    meaning: 'Zero-based frame index of this camera: the tick of its schedule.',
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
    meaning: "Its scheduled tick, ms since the measurement's start.",
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
  /** Where the request that carried the frame stands in the request columns; −1 where none did. */
  requestRow: Int32Array
  /** When that request was due and when it was answered; NaN where that never happened. */
  dueUs: Float64Array
  answeredUs: Float64Array
}

export interface MeasurementSamples {
  requests: RequestColumns
  frames: FrameColumns
}

/** One finished request as the load thread knows it; reused from request to request, so nothing may keep it. */
export type RequestSample = {
  -readonly [Field in (typeof requestFields)[number] as Field['name']]: Field['type'] extends 'uuid'
    ? // The 16 bytes as four words in memory order.
      Uint32Array
    : number
}

/** A sample of nothing: no time known, nothing counted. */
export function emptyRequestSample(): RequestSample {
  const values = requestFields.map(({ name, type }) => [name, emptyValue(type)])
  return Object.fromEntries(values)
}

/** Makes a sample empty again, so that only what is known has to be set. */
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
