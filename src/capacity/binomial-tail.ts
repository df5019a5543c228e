import { gammaln } from 'simple-statistics'

/** P(X ≤ k) where X counts the successes of n independent trials of probability p, 0 < p < 1. */
export function binomialAtMost(k: number, n: number, p: number): number {
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
