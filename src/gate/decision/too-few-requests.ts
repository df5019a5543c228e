import type { GatedMetric } from '../gated-metric.js'
import { binomialRanks } from '../../analysis/percentile.js'

/** Says how long a repetition has to be, if a percentile is missing because of too few requests. */
export function tooFewRequests(
  { percentile }: GatedMetric,
  { requests, perSecond }: { requests: number; perSecond: number },
): string | undefined {
  if (percentile === undefined || perSecond <= 0) return undefined
  const needed = requestsNeeded(percentile)
  if (requests >= needed) return undefined
  // 10 % more, because the number of requests varies between repetitions.
  const durationS = Math.ceil((1.1 * needed) / perSecond)
  return (
    `too few requests: a p${percentile * 100} needs ${needed} requests, found ${Math.round(requests)}; ` +
    `set measure.durationS to ${durationS}`
  )
}

/** The fewest requests for which the 95 % order-statistic interval of a percentile exists: 368 for a p99. */
function requestsNeeded(percentile: number): number {
  let requests = 1
  while (binomialRanks(requests, percentile) === undefined) requests++
  return requests
}
