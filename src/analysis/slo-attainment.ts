import type { MeasurementSamples } from '../run/sample-columns.js'
import { outcomes, phases } from '../run/sample-columns.js'
import { isCorrect } from './answer-check.js'
import { rowOf } from './latencies.js'

const measured = phases.indexOf('measured')
const ok = outcomes.indexOf('ok')

/** Frames captured in the measured phase that were answered correctly within the SLO, whenever that was. */
export function framesWithinSlo(
  { requests, frames }: MeasurementSamples,
  rows: Int32Array,
  sloUs: number,
  answerTolerance: number,
): number {
  let within = 0
  for (let i = 0; i < frames.count; i++) {
    if (frames.phase[i] !== measured || frames.outcome[i] !== ok) continue
    const row = rowOf(frames.request[i]!, rows)
    const latencyUs = requests.answeredUs[row]! - frames.capturedUs[i]!
    if (latencyUs <= sloUs && isCorrect(requests, row, answerTolerance)) within++
  }
  return within
}
