import { noRequest, Outcome, Phase, type MeasurementSamples } from '../run/record.js'

/** Takes the values of one part after the other. NaN, an event that never happened, is no value. */
interface Values {
  add: (us: number) => void
}

/** answered − sent of each request that was due in the measured phase and answered correctly; µs. */
export function addRequestLatencies({ requests }: MeasurementSamples, to: Values): void {
  for (let row = 0; row < requests.count; row++)
    if (requests.phase[row] === Phase.measured && requests.outcome[row] === Outcome.ok)
      to.add(requests.answeredUs[row]! - requests.sentUs[row]!)
}

/** answered − captured of each frame that was captured in the measured phase and answered correctly; µs. */
export function addFrameLatencies({ frames }: MeasurementSamples, to: Values): void {
  for (let i = 0; i < frames.count; i++)
    if (frames.phase[i] === Phase.measured && frames.outcome[i] === Outcome.ok)
      to.add(frames.answeredUs[i]! - frames.capturedUs[i]!)
}

/** due − captured of each frame of the measured phase that was sent; µs. */
export function addFillWaits({ frames }: MeasurementSamples, to: Values): void {
  for (let i = 0; i < frames.count; i++)
    if (frames.phase[i] === Phase.measured && frames.request[i] !== noRequest)
      to.add(frames.dueUs[i]! - frames.capturedUs[i]!)
}

/** sent − due of each request of the measured phase; µs. */
export function addSendLags({ requests }: MeasurementSamples, to: Values): void {
  for (let row = 0; row < requests.count; row++)
    if (requests.phase[row] === Phase.measured) to.add(requests.sentUs[row]! - requests.dueUs[row]!)
}
