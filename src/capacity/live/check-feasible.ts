import { meanServiceMs } from '../../batching/service-time.js'
import { UserError } from '../../errors/user-error.js'
import type { FittedServer } from '../simulator/fit-server.js'
import type { CapacitySetting } from './capacity-settings.js'

/**
 * Says so before a search that could only fail.
 *
 * @param ceilingFps frames a second that the saturated server answered
 * @throws UserError where one camera (or one edge device) sends more than the server can serve, or where a frame
 *   that never waits is late already
 */
export function checkFeasible(
  setting: CapacitySetting,
  ceilingFps: number,
  fitted: FittedServer | undefined,
): void {
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
