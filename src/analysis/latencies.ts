import { noRequest, Outcome, Phase, type MeasurementSamples } from '../run/record.js'

/*
 * The times of one part, µs. They are valid until those of the next part, or other ones, are asked for: an array for each of
 * many parts would cost more than what is computed.
 */

let room = new Float64Array(0)

function roomFor(count: number): Float64Array {
  if (room.length < count) room = new Float64Array(count)
  return room
}

/** answered − sent of each request that was due in the measured phase and answered correctly. */
export function requestLatencies({ requests }: MeasurementSamples): Float64Array {
  const { count, phase, outcome, answeredUs, sentUs } = requests
  const times = roomFor(count)
  let length = 0
  for (let row = 0; row < count; row++)
    if (phase[row] === Phase.measured && outcome[row] === Outcome.ok)
      times[length++] = answeredUs[row]! - sentUs[row]!
  return times.subarray(0, length)
}

/** answered − captured of each frame that was captured in the measured phase and answered correctly. */
export function frameLatencies({ frames }: MeasurementSamples): Float64Array {
  const { count, phase, outcome, answeredUs, capturedUs } = frames
  const times = roomFor(count)
  let length = 0
  for (let i = 0; i < count; i++)
    if (phase[i] === Phase.measured && outcome[i] === Outcome.ok)
      times[length++] = answeredUs[i]! - capturedUs[i]!
  return times.subarray(0, length)
}

/** due − captured of each frame of the measured phase that was sent. */
export function fillWaits({ frames }: MeasurementSamples): Float64Array {
  const { count, phase, request, dueUs, capturedUs } = frames
  const times = roomFor(count)
  let length = 0
  for (let i = 0; i < count; i++)
    if (phase[i] === Phase.measured && request[i] !== noRequest) times[length++] = dueUs[i]! - capturedUs[i]!
  return times.subarray(0, length)
}

/** sent − due of each request of the measured phase; NaN for one that was never sent. */
export function sendLags({ requests }: MeasurementSamples): Float64Array {
  const { count, phase, sentUs, dueUs } = requests
  const times = roomFor(count)
  let length = 0
  for (let row = 0; row < count; row++)
    if (phase[row] === Phase.measured) times[length++] = sentUs[row]! - dueUs[row]!
  return times.subarray(0, length)
}

/**
 * The lag of each request of the measured phase that was sent.
 *
 * @param lagsUs by row of the request
 */
export function measuredLags({ requests }: MeasurementSamples, lagsUs: Float64Array): Float64Array {
  const { count, phase, sentUs } = requests
  const times = roomFor(count)
  let length = 0
  for (let row = 0; row < count; row++)
    if (phase[row] === Phase.measured && !Number.isNaN(sentUs[row]!)) times[length++] = lagsUs[row]!
  return times.subarray(0, length)
}
