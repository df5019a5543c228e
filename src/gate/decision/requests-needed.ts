import { binomialRanks } from '../../analysis/binomial-ranks.js'

/** Requests that a percentile takes, so that its 95 % order-statistic interval exists: 368 for a p99. */
export function requestsNeeded(percentile: number): number {
  let requests = 1
  while (binomialRanks(requests, percentile) === undefined) requests++
  return requests
}
