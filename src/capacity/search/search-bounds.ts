import { stepsToDecide } from '../verdict/steps-to-decide.js'
import type { CapacityCriteria } from '../verdict/capacity-criteria.js'
import type { SearchBounds } from './search-capacity.js'

/** Above this times the saturation no number of cameras can pass for long. */
const beyondSaturation = 1.2

/**
 * Where a search begins and ends, in steps. Few cameras take long to send the requests that a verdict takes: what
 * would take longer than the longest window cannot be measured, and where simulation looks at them too the ladder
 * starts with those that take no longer than a quarter of it.
 */
export function searchBounds(options: {
  /** At which as many frames come as the server can serve at best. */
  saturationCameras: number
  step: number
  /** Requests that one camera sends in a second: fps ÷ K. */
  requestsPerCameraS: number
  criteria: CapacityCriteria
  simulated: boolean
}): SearchBounds {
  const { saturationCameras, step, requestsPerCameraS, criteria } = options
  const stepsWithin = (seconds: number) => stepsToDecide(seconds, { step, requestsPerCameraS, criteria })
  const max = Math.max(1, Math.ceil((beyondSaturation * saturationCameras) / step))
  const lowest = Math.min(max, stepsWithin(criteria.windowMaxS))
  return {
    lowest,
    ladderFrom: options.simulated
      ? Math.min(max, stepsWithin(Math.max(criteria.windowMinS, criteria.windowMaxS / 4)))
      : lowest,
    max,
  }
}
