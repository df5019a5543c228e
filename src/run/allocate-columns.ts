import type { FrameColumns, RequestColumns } from './sample-columns.js'

/** Columns for so many requests, all 0. */
export function allocateRequests(count: number): RequestColumns {
  return {
    count,
    request: new Uint32Array(count),
    phase: new Uint8Array(count),
    outcome: new Uint8Array(count),
    status: new Uint16Array(count),
    frames: new Uint16Array(count),
    firstFrame: new Uint32Array(count),
    client: new Uint32Array(count),
    dueUs: new Float64Array(count),
    sentUs: new Float64Array(count),
    answeredUs: new Float64Array(count),
    connectUs: new Float64Array(count),
    bodyBytes: new Uint32Array(count),
    answerBytes: new Uint32Array(count),
    answerDeviation: new Float32Array(count),
    serverRequestId: new Uint8Array(count * 16),
  }
}

/** Columns for so many frames, all 0. */
export function allocateFrames(count: number): FrameColumns {
  return {
    count,
    camera: new Uint32Array(count),
    frame: new Uint32Array(count),
    request: new Uint32Array(count),
    phase: new Uint8Array(count),
    outcome: new Uint8Array(count),
    capturedUs: new Float64Array(count),
  }
}
