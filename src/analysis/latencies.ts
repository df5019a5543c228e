import type { MeasurementSamples, RequestColumns } from '../run/sample-columns.js'
import { noRequest, outcomes, phases } from '../run/sample-columns.js'

const measured = phases.indexOf('measured')
const ok = outcomes.indexOf('ok')

/** answered − sent of each request that was due in the measured phase and answered well; ascending µs. */
export function requestLatencies(requests: RequestColumns): Float64Array {
  return collect(requests.count, (row) =>
    requests.phase[row] === measured && requests.outcome[row] === ok
      ? requests.answeredUs[row]! - requests.sentUs[row]!
      : Number.NaN,
  )
}

/** answered − captured of each frame captured in the measured phase and answered well; ascending µs. */
export function frameLatencies({ requests, frames }: MeasurementSamples, rows: Int32Array): Float64Array {
  return collect(frames.count, (i) =>
    frames.phase[i] === measured && frames.outcome[i] === ok
      ? requests.answeredUs[rowOf(frames.request[i]!, rows)]! - frames.capturedUs[i]!
      : Number.NaN,
  )
}

/** due − captured of each frame of the measured phase that was sent; ascending µs. */
export function fillWaits({ requests, frames }: MeasurementSamples, rows: Int32Array): Float64Array {
  return collect(frames.count, (i) =>
    frames.phase[i] === measured && frames.request[i] !== noRequest
      ? requests.dueUs[rowOf(frames.request[i]!, rows)]! - frames.capturedUs[i]!
      : Number.NaN,
  )
}

/** sent − due of each request of the measured phase; ascending µs. */
export function sendLags(requests: RequestColumns): Float64Array {
  return collect(requests.count, (row) =>
    requests.phase[row] === measured ? requests.sentUs[row]! - requests.dueUs[row]! : Number.NaN,
  )
}

/** The row of a frame's request; a frame that was dropped has none, and every column is undefined there. */
export function rowOf(request: number, rows: Int32Array): number {
  return request === noRequest ? -1 : (rows[request] ?? -1)
}

function collect(count: number, valueOf: (index: number) => number | undefined): Float64Array {
  const values = new Float64Array(count)
  let length = 0
  for (let i = 0; i < count; i++) {
    const value = valueOf(i)
    if (value !== undefined && !Number.isNaN(value)) values[length++] = value
  }
  // oxlint-disable-next-line unicorn/no-array-sort -- ours alone, and a copy of a million values is 8 MB more
  return values.subarray(0, length).sort()
}
