import { gammaln } from 'simple-statistics'

export type Decision = 'pass' | 'fail' | 'undecided'

export interface EarlyStoppingRule {
  /** 99: at most 1 % of the requests may be over the limit. */
  percentile: number
  /** 0.99: of true decisions among those taken, for one look at the counts. */
  confidence: number
}

/**
 * Whether the percentile is shown to be within its limit, shown to be over it, or neither yet, after `requests`
 * of which `over` were over the limit (a request that was never answered is over any limit).
 *
 * MLPerf LoadGen's rule (early_stopping.cc, "MinPassingQueriesFinder", with tolerance 0): pass where so few over
 * the limit would be seen with probability 1 − confidence or less if the percentile were just over it. Failing is
 * its mirror image. The binomial law asks for independent requests: periodic cameras are not, so one run shows
 * little about other phases, and a number of cameras has to pass in several runs with fresh phases.
 */
export function decideEarly(requests: number, over: number, rule: EarlyStoppingRule): Decision {
  const allowed = 1 - rule.percentile / 100
  const doubt = 1 - rule.confidence
  if (binomialAtMost(over, requests, allowed) <= doubt) return 'pass'
  if (1 - binomialAtMost(over - 1, requests, allowed) <= doubt) return 'fail'
  return 'undecided'
}

/** The fewest requests that can pass with `over` of them over the limit. */
export function requestsToPass(over: number, rule: EarlyStoppingRule): number {
  const passes = (requests: number) => decideEarly(requests, over, rule) === 'pass'
  // All of them over the limit: never a pass.
  let low = over
  let high = over + 1
  while (!passes(high)) {
    low = high
    high *= 2
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (passes(middle)) high = middle
    else low = middle
  }
  return high
}

/** P(X ≤ k) where X counts the successes of n independent trials of probability p, 0 < p < 1. */
function binomialAtMost(k: number, n: number, p: number): number {
  if (k < 0) return 0
  if (k >= n) return 1
  // 12 standard deviations below the mean hold all of the mass that double precision can see.
  const from = Math.max(0, Math.floor(n * p - 12 * Math.sqrt(n * p * (1 - p)) - 12))
  let sum = 0
  for (let i = from; i <= k; i++) {
    const logWays = gammaln(n + 1) - gammaln(i + 1) - gammaln(n - i + 1)
    sum += Math.exp(logWays + i * Math.log(p) + (n - i) * Math.log1p(-p))
  }
  return Math.min(1, sum)
}
