/**
 * The group-sequential design: pairs are looked at after 8, 12, 16 and 20. Whoever changes a figure here runs
 * bench/gate again: the error rates in docs/gate.md are those of this design.
 */
export const gateDesign = {
  looks: [8, 12, 16, 20],
  /** Share of the interval left out at each end: together a 98 % interval. */
  tail: 0.01,
  /**
   * Noise raises the floor, but a PASS never vouches for more than this many stated floors: on a machine that is
   * noisier still "no change as large as the noise" would let a change of a fifth through.
   */
  floorsToPass: 3,
  /** Ratio metrics that may be gated together. */
  maxMetrics: 4,
  /** Pairs that may be thrown away as INVALID and measured again, before the gate gives up. */
  maxDiscardedPairs: 4,
  /** The minimum detectable effect is found with this probability. */
  power: 0.95,
} as const
