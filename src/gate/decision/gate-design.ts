import { probit } from 'simple-statistics'

/**
 * The group-sequential design: the gate looks at its pairs after every four of them, from the eighth on. After a change of a
 * figure here, run bench/gate again: the error rates in docs/gate.md are those of this design.
 */
export const gateDesign = {
  looks: [8, 12, 16, 20, 24, 28, 32, 36, 40],
  /** Share outside the low end of the interval, which lets a metric fail. The gated metrics share it. */
  failTail: 0.01,
  /** Share outside the high end of the interval, which lets a metric pass. */
  passTail: 0.025,
  /**
   * Noise raises the smallest change that counts, but a PASS excludes at least a change of this many of the stated one. On a
   * noisier machine, "no change as large as the noise" would let a change of 20 % pass.
   */
  floorsToPass: 3,
  /**
   * A gate may take so many seconds, unless the user says otherwise (`--budget`). The first look is always reached then.
   */
  budgetS: 360,
  /** At most so many pairs of processes are started at once: the pairs between two looks. */
  pairsAtOnce: 4,
  /** Ratio metrics that may be gated together. */
  maxMetrics: 4,
  /** Maximum number of INVALID pairs that are discarded and measured again before the gate gives up. */
  maxDiscardedPairs: 4,
  /** The minimum detectable effect is detected with this probability. */
  power: 0.95,
} as const

/**
 * The smallest worsening, as a log ratio, that would have been detected with 95 % probability:
 * (z₁₋ₐ + z_power) × standard error (Bloom, Evaluation Review 19, 1995), and at least what the floor requires of the
 * estimate.
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
 * Standard error of the Hodges–Lehmann estimate of differences between two sides: √(π/3)·σ ÷ √pairs with σ = √2 × the
 * noise of one repetition, the asymptotic value for a normal distribution.
 */
export function shiftStandardError(noise: number, pairs: number): number {
  return Math.sqrt((2 * Math.PI) / (3 * pairs)) * noise
}
