import type { MeasurementSamples } from '../run/record.js'
import { Outcome, Phase } from '../run/record.js'
import { isCorrect } from './answer-check.js'

/** Frames captured in the measured phase that were answered correctly within the SLO, whenever that was. */
export function framesWithinSlo(
  { requests, frames }: MeasurementSamples,
  sloUs: number,
  answerTolerance: number,
): number {
  let within = 0
  for (let i = 0; i < frames.count; i++) {
    if (frames.phase[i] !== Phase.measured || frames.outcome[i] !== Outcome.ok) continue
    const latencyUs = frames.answeredUs[i]! - frames.capturedUs[i]!
    if (latencyUs <= sloUs && isCorrect(requests, frames.requestRow[i]!, answerTolerance)) within++
  }
  return within
}
