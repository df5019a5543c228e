import type { Random } from '../../src/system/seeded-random.js'

/**
 * The effect of a machine on the service time, from repetition to repetition, as the sum of these parts in ln(time):
 * - `noise`: standard deviation of an independent part, new in each repetition;
 * - `drift`: a slow part. `wander`: stationary with this standard deviation and correlation 0.9 from one repetition
 *   to the next. `walk`: a random walk with this standard deviation *per step*, the strictest reading of "drift".
 *   `steady`: from 0 to this over the 40 repetitions of a full gate;
 * - `levelShift`: from one random repetition on, everything is slower by this;
 * - `outlier`: one random repetition among the first 16 is slower by this;
 * - `processes`: each process of a server is slower or faster than another by this, for as long as it lives.
 */
export interface MachineNoise {
  noise: number
  drift: { kind: 'wander' | 'walk' | 'steady'; size: number }
  levelShift?: number
  outlier?: number
  processes?: number
}

/** Yields the factor on the service time of each repetition. */
export function machineSlowdowns(machine: MachineNoise, random: Random): () => number {
  const drift = drifts[machine.drift.kind](machine.drift.size, random)
  const shiftAt = Math.floor(random() * 40)
  const outlierAt = Math.floor(random() * 16)
  let repetition = -1
  return () => {
    repetition++
    const shift = repetition >= shiftAt ? (machine.levelShift ?? 0) : 0
    const outlier = repetition === outlierAt ? (machine.outlier ?? 0) : 0
    return Math.exp(machine.noise * normal(random) + drift() + Math.log1p(shift) + Math.log1p(outlier))
  }
}

/** Yields the factor on the service times of each process that is started. */
export function processSlowdowns(machine: MachineNoise, random: Random): () => number {
  return () => Math.exp((machine.processes ?? 0) * normal(random))
}

type Drift = (size: number, random: Random) => () => number

const drifts: Record<MachineNoise['drift']['kind'], Drift> = {
  wander: (size, random) => {
    const correlation = 0.9
    let level = size * normal(random)
    return () => (level = correlation * level + size * Math.sqrt(1 - correlation ** 2) * normal(random))
  },
  walk: (size, random) => {
    let level = 0
    return () => (level += size * normal(random))
  },
  steady: (size) => {
    let repetition = 0
    return () => (Math.log1p(size) * repetition++) / 39
  },
}

/** Standard normal (Box and Muller). */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}
