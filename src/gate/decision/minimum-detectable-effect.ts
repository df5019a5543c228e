import { probit } from 'simple-statistics'
import { gateDesign } from './gate-design.js'

/**
 * The smallest worsening, as a log ratio, that would have been found with 95 % probability:
 * (z₁₋ₐ + z_power) × standard error (Bloom, Evaluation Review 19, 1995), and never less than what the floor asks of
 * the estimate.
 *
 * @param tail one-sided error a of the interval's low end
 */
export function minimumDetectableEffect({
  standardError,
  floor,
  tail,
}: {
  standardError: number
  floor: number
  tail: number
}): number {
  const power = probit(gateDesign.power)
  return Math.max(floor + power * standardError, (probit(1 - tail) + power) * standardError)
}

/**
 * Standard error of the median of differences between two sides: √(π/2)·σ ÷ √pairs with σ = √2 × the noise of one
 * repetition, the asymptotic value for a normal distribution.
 */
export function medianStandardError(noise: number, pairs: number): number {
  return Math.sqrt(Math.PI / pairs) * noise
}
