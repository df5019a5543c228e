import type { SloSettings } from '../scenario/plan/plan.js'
import type { Backlog } from './backlog.js'
import { Outcome, Phase, type MeasurementSamples } from '../run/record.js'
import { isCorrect } from './answer-check.js'

/** A finding about the server under camera load; never about the measurement. */
export type CameraOutcome = 'within-slo' | 'over-slo' | 'overloaded'

/**
 * `withinSlo` counts every frame scheduled: one that was dropped or failed missed the SLO as surely as a slow one.
 * Undefined where there is no SLO to judge by and no overload either.
 */
export function cameraOutcome(
  slo: SloSettings | undefined,
  framesWithinSlo: number,
  framesScheduled: number,
  backlog: Backlog | undefined,
): CameraOutcome | undefined {
  if (backlog?.growing === true) return 'overloaded'
  if (slo === undefined || framesScheduled === 0) return undefined
  return framesWithinSlo / framesScheduled >= slo.percentile / 100 ? 'within-slo' : 'over-slo'
}

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
