import { meanServiceMs } from '../../batching/service-time.js'
import { UserError } from '../../system/user-error.js'
import { requestsToPass } from '../early-stopping.js'
import type { CapacityCriteria } from '../verdict/capacity-criteria.js'
import type { Calibrated } from './calibrate.js'
import type { CapacitySetting } from './capacity-settings.js'

/**
 * Says so before a search that could only fail.
 *
 * @throws UserError where one camera (or one edge device) sends more than the server can serve, or where a frame
 *   that never waits is late already
 */
export function checkFeasible(setting: CapacitySetting, { ceilingFps, fitted }: Calibrated): void {
  const { load, slo, step, point, words } = setting
  if (step * load.fps > ceilingFps) {
    throw new UserError(
      `the server cannot sustain ${step === 1 ? 'one camera' : 'one edge device'} at this rate`,
      {
        where: words,
        expected: `at most ${ceilingFps.toFixed(1)} frames a second, its measured ceiling`,
        received: step === 1 ? `${load.fps} fps` : `${step} cameras at ${load.fps} fps`,
        remedy: 'lower load.fps, or give the server more workers or a larger batch',
      },
    )
  }
  if (fitted === undefined) return
  const { model, overhead } = fitted
  const fastestMs =
    meanServiceMs(model.times, point.batching.framesPerRequest) + overhead.sendMs + overhead.answerMs
  if (fastestMs <= slo.latencyMs) return
  throw new UserError('no number of cameras can meet this SLO', {
    where: words,
    expected: `more than ${fastestMs.toFixed(0)} ms, what a frame takes that never waits`,
    received: `slo.latencyMs: ${slo.latencyMs}`,
    remedy: 'allow more latency, or send smaller batches',
  })
}

/**
 * @param requestsPerS that as many cameras send as the search goes up to
 * @throws UserError where even those send too few requests, in the longest window, for a verdict
 */
export function checkWindow(
  { words, slo }: CapacitySetting,
  requestsPerS: number,
  { earlyStopping, windowMaxS }: CapacityCriteria,
): void {
  const needed = requestsToPass(0, earlyStopping)
  if (needed <= requestsPerS * windowMaxS) return
  throw new UserError('the longest window is too short for a verdict', {
    where: words,
    expected: `${Math.ceil(needed / requestsPerS)} s: p${slo.percentile} takes ${needed} requests, ${requestsPerS.toFixed(1)} come a second`,
    received: `${windowMaxS} s`,
    remedy: 'allow a longer window, or ask for a lower percentile',
  })
}
