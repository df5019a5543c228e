import type { GatedMetric } from '../gated-metric.js'
import { samplesNeeded } from '../../analysis/percentile.js'

/** Says how long a repetition has to be, if a percentile is missing because of too few requests. */
export function tooFewRequests(
  { percentile }: GatedMetric,
  { requests, perSecond }: { requests: number; perSecond: number },
): string | undefined {
  if (percentile === undefined || perSecond <= 0) return undefined
  const needed = samplesNeeded(percentile)
  if (requests >= needed) return undefined
  // 10 % more, because the number of requests varies between repetitions.
  const durationS = Math.ceil((1.1 * needed) / perSecond)
  return (
    `too few requests: a p${percentile * 100} needs ${needed} requests, found ${Math.round(requests)}; ` +
    `set measure.durationS to ${durationS}`
  )
}
