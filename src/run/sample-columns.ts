/*
 * What a measurement leaves behind, as columns: the only thing that analysis reads of it.
 * Times are µs since the measurement's start on the monotonic clock; NaN means that it never happened.
 */

export const phases = ['warmup', 'measured', 'drain'] as const
export type Phase = (typeof phases)[number]

export const outcomes = [
  'ok',
  'http-error',
  'timeout',
  'connection-error',
  'bad-response',
  'aborted',
  'dropped',
] as const
export type Outcome = (typeof outcomes)[number]

/** One entry a request, in order of completion. */
export interface RequestColumns {
  count: number
  /** From 0 within the measurement. */
  request: Uint32Array
  /** Index into `phases`, by the due time. */
  phase: Uint8Array
  /** Index into `outcomes`; a request is never `dropped`. */
  outcome: Uint8Array
  /** HTTP status, 0 where none came. */
  status: Uint16Array
  /** K of this request: smaller in a flushed partial batch. */
  frames: Uint16Array
  /** Index into the clip of its first frame (closed load: the others follow, modulo the clip). */
  firstFrame: Uint32Array
  /** Edge device (cameras) or slot (closed load). */
  client: Uint32Array
  dueUs: Float64Array
  sentUs: Float64Array
  answeredUs: Float64Array
  /** Time spent connecting before this request, NaN where the connection was there already. */
  connectUs: Float64Array
  /** Bytes of the request's body. */
  bodyBytes: Uint32Array
  /** Bytes of the answer's body. */
  answerBytes: Uint32Array
  /** Largest distance of a number in the answer from the reference answer of the same frame; NaN: not compared. */
  answerDeviation: Float32Array
  /** The server's x-request-id (a UUID), 16 bytes a request, all 0 where there was none. */
  serverRequestId: Uint8Array
}

export const noRequest = 0xffff_ffff

/** Camera load only: one entry a frame, in order of completion. */
export interface FrameColumns {
  count: number
  camera: Uint32Array
  /** From 0 per camera: the tick of its schedule. */
  frame: Uint32Array
  /** The request that carried it; `noRequest` where it was dropped. */
  request: Uint32Array
  /** By the capture time. */
  phase: Uint8Array
  outcome: Uint8Array
  capturedUs: Float64Array
}

export interface MeasurementSamples {
  requests: RequestColumns
  frames: FrameColumns
}
