import { gammaln } from 'simple-statistics'

export interface Ranks {
  /** From 1: the smallest and the largest order statistic of the interval. */
  low: number
  high: number
}

/**
 * The order statistics that enclose the p-quantile of any continuous distribution with at least `confidence`,
 * from n independent samples: the number of samples below the quantile is binomial(n, p), so no shape has to be
 * assumed (Conover, Practical Nonparametric Statistics, 3rd ed., §3.2; Hahn & Meeker, Statistical Intervals, §5.2).
 * Undefined where n is too small for such an interval: a p99 takes 368 samples at 95 %.
 */
export function binomialRanks(n: number, p: number, confidence = 0.95): Ranks | undefined {
  const tail = (1 - confidence) / 2
  // 12 standard deviations around the mean hold all of the mass that double precision can see.
  const reach = Math.ceil(12 * Math.sqrt(n * p * (1 - p))) + 12
  const from = Math.max(0, Math.floor(n * p) - reach)
  const to = Math.min(n, Math.ceil(n * p) + reach)
  let low = 0
  let below = 0
  for (let k = from; k <= to; k++) {
    below += Math.exp(logProbability(n, p, k))
    if (below <= tail) low = k + 1
    if (below >= 1 - tail) {
      const high = k + 1
      return low >= 1 && high <= n ? { low, high } : undefined
    }
  }
  return undefined
}

function logProbability(n: number, p: number, k: number): number {
  const logChoose = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
  return logChoose + k * Math.log(p) + (n - k) * Math.log1p(-p)
}
