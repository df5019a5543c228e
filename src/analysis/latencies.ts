import { noRequest, Outcome, Phase, type MeasurementSamples, type RequestColumns } from '../run/record.js'

/** answered − sent of each request that was due in the measured phase and answered correctly; ascending µs. */
export function requestLatencies(requests: RequestColumns): Float64Array {
  return collect(requests.count, (row) =>
    requests.phase[row] === Phase.measured && requests.outcome[row] === Outcome.ok
      ? requests.answeredUs[row]! - requests.sentUs[row]!
      : Number.NaN,
  )
}

/** answered − captured of each frame that was captured in the measured phase and answered correctly; ascending µs. */
export function frameLatencies({ frames }: MeasurementSamples): Float64Array {
  return collect(frames.count, (i) =>
    frames.phase[i] === Phase.measured && frames.outcome[i] === Outcome.ok
      ? frames.answeredUs[i]! - frames.capturedUs[i]!
      : Number.NaN,
  )
}

/** due − captured of each frame of the measured phase that was sent; ascending µs. */
export function fillWaits({ frames }: MeasurementSamples): Float64Array {
  return collect(frames.count, (i) =>
    frames.phase[i] === Phase.measured && frames.request[i] !== noRequest
      ? frames.dueUs[i]! - frames.capturedUs[i]!
      : Number.NaN,
  )
}

/** sent − due of each request of the measured phase; ascending µs. */
export function sendLags(requests: RequestColumns): Float64Array {
  return collect(requests.count, (row) =>
    requests.phase[row] === Phase.measured ? requests.sentUs[row]! - requests.dueUs[row]! : Number.NaN,
  )
}

function collect(count: number, valueOf: (index: number) => number | undefined): Float64Array {
  const values = new Float64Array(count)
  let length = 0
  for (let i = 0; i < count; i++) {
    const value = valueOf(i)
    if (value !== undefined && !Number.isNaN(value)) values[length++] = value
  }
  // oxlint-disable-next-line unicorn/no-array-sort -- a private array; a copy of a million values takes 8 MB
  return values.subarray(0, length).sort()
}
