import type { CapacityCriteria } from './capacity-criteria.js'
import { requestsToPass } from './early-stopping.js'
import type { RunVerdict } from './judge-run.js'

/** Length of a window that sends this many requests, plus 2 %, because its edges make their number vary. */
function secondsToSend(requests: number, requestsPerS: number): number {
  return (1.02 * requests) / requestsPerS
}

/**
 * The length of the next window of a repetition.
 *
 * @param verdict of the windows so far; undefined before the first one
 * @returns seconds; 0 if the repetition is decided or its time is up
 */
export function nextWindowS(
  verdict: Pick<RunVerdict, 'decision' | 'requests' | 'requestsOver' | 'windowS'> | undefined,
  requestsPerS: number,
  criteria: CapacityCriteria,
): number {
  if (verdict === undefined) {
    const fewest = secondsToSend(requestsToPass(0, criteria.earlyStopping), requestsPerS)
    return Math.min(criteria.windowMaxS, Math.max(criteria.windowMinS, fewest))
  }
  if (verdict.decision !== 'undecided') return 0
  const leftS = criteria.windowMaxS - verdict.windowS
  // The edges of a very short window would hide what it shows.
  if (leftS < criteria.windowMinS / 2) return 0
  const missing = requestsToPass(verdict.requestsOver, criteria.earlyStopping) - verdict.requests
  return Math.min(leftS, Math.max(criteria.windowMinS, secondsToSend(missing, requestsPerS)))
}

/** The fewest steps of cameras whose requests, all in time, are enough for a verdict within this time. */
export function stepsToDecide(
  seconds: number,
  options: {
    step: number
    /** Requests per second of one camera: fps ÷ K. */
    requestsPerCameraS: number
    criteria: Pick<CapacityCriteria, 'earlyStopping'>
  },
): number {
  const { step, requestsPerCameraS, criteria } = options
  const cameraSeconds = secondsToSend(requestsToPass(0, criteria.earlyStopping), requestsPerCameraS)
  return Math.max(1, Math.ceil(cameraSeconds / seconds / step))
}
