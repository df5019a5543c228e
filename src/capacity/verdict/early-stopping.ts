import jStat from 'jstat'

export type Decision = 'pass' | 'fail' | 'undecided'

export interface EarlyStoppingRule {
  /** 99: at most 1 % of the requests may be over the limit. */
  percentile: number
  /** 0.99: the share of correct decisions among those taken, for one look at the counts. */
  confidence: number
}

/**
 * Decides if the percentile is shown to be within its limit, shown to be over it, or still open, given `requests` of
 * which `over` were over the limit. A request that was never answered is over any limit.
 *
 * MLPerf LoadGen's rule (early_stopping.cc, "MinPassingQueriesFinder", with tolerance 0): pass if so few over the limit
 * have a probability of 1 − confidence or less when the percentile is just over it. Failing is its mirror image. The
 * binomial law needs independent requests, and periodic cameras are not independent: one run shows little about other
 * phases. So a number of cameras has to pass in several runs with fresh phases.
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

/** P(X ≤ k), where X counts the successes of n independent trials of probability p. */
function binomialAtMost(k: number, n: number, p: number): number {
  if (k < 0) return 0
  return k >= n ? 1 : jStat.binomial.cdf(k, n, p)
}
