import { requestsToPass } from './early-stopping.js'
import type { CapacityCriteria } from './capacity-criteria.js'

/** The fewest steps of cameras whose requests, all in time, are enough for a verdict within so many seconds. */
export function stepsToDecide(
  seconds: number,
  options: {
    step: number
    /** Requests that one camera sends in a second: fps ÷ K. */
    requestsPerCameraS: number
    criteria: Pick<CapacityCriteria, 'earlyStopping'>
  },
): number {
  const { step, requestsPerCameraS, criteria } = options
  const cameraSeconds = secondsToSend(requestsToPass(0, criteria.earlyStopping), requestsPerCameraS)
  return Math.max(1, Math.ceil(cameraSeconds / seconds / step))
}

/** How long a window has to be for so many requests; 2 % more than that, because its edges make their number vary. */
export function secondsToSend(requests: number, requestsPerS: number): number {
  return (1.02 * requests) / requestsPerS
}
