import type { SloSettings } from '../scenario/plan/plan.js'
import type { Backlog } from './backlog.js'
import { Outcome, Phase, type MeasurementSamples } from '../run/record.js'
import { isCorrect } from './answer-check.js'

/** A finding about the server under camera load; never about the measurement. */
export type CameraOutcome = 'within-slo' | 'over-slo' | 'overloaded'

/**
 * The outcome of a camera load, by the share of all scheduled frames that met the SLO. Dropped and failed frames miss
 * the SLO. Undefined without an SLO, unless the server was overloaded.
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

/**
 * Frames captured in the measured phase that were answered correctly within the SLO, during the window or after it.
 */
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
