import { probit } from 'simple-statistics'
import { gateDesign } from './gate-design.js'

/**
 * The smallest worsening, as a log ratio, that `pairs` pairs would have found with 95 % probability on a machine
 * with this noise: (z₁₋ₐ + z_power) × standard error (Bloom, Evaluation Review 19, 1995), and never less than what
 * the floor asks of the median. The standard error is that of the median of normal differences, √(π/2)·σ ÷ √pairs,
 * with σ = √2 × the noise of one repetition.
 */
export function minimumDetectableEffect({
  noise,
  floor,
  pairs,
  tail,
}: {
  noise: number
  floor: number
  pairs: number
  /** One-sided error of the interval's low end. */
  tail: number
}): number {
  const standardError = Math.sqrt(Math.PI / pairs) * noise
  const power = probit(gateDesign.power)
  return Math.max(floor + power * standardError, (probit(1 - tail) + power) * standardError)
}
