import { probit } from 'simple-statistics'

/**
 * Quantile of Student's t, from that of the normal distribution by the asymptotic expansion 26.7.5 of Abramowitz &
 * Stegun; for 7 degrees of freedom and more it is right to 1 % even at 0.9975.
 */
export function studentQuantile(p: number, degreesOfFreedom: number): number {
  const z = probit(p)
  const n = degreesOfFreedom
  return (
    z +
    (z ** 3 + z) / (4 * n) +
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * n ** 2) +
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * n ** 3)
  )
}
