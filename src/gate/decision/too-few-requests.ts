import type { GatedMetric } from '../../analysis/gated-metric.js'
import { requestsNeeded } from './requests-needed.js'

/** Says how long a repetition would have to be, where a percentile is blank for want of requests. */
export function tooFewRequests(
  { percentile }: GatedMetric,
  { requests, perSecond }: { requests: number; perSecond: number },
): string | undefined {
  if (percentile === undefined || perSecond <= 0) return undefined
  const needed = requestsNeeded(percentile)
  if (requests >= needed) return undefined
  // A tenth more, because no two repetitions have exactly as many.
  const durationS = Math.ceil((1.1 * needed) / perSecond)
  return (
    `too few requests: a p${percentile * 100} takes ${needed}, there were ${Math.round(requests)}; ` +
    `measure.durationS: ${durationS} would do`
  )
}
