import { mixSeeds } from '../../system/seeded-random.js'

/**
 * Seed of the cameras' phases: the same for all points with as many cameras in the same repetition, so that both
 * batching modes meet the same arrivals, and unrelated between repetitions.
 *
 * @returns 0 … 2³² − 1
 */
export function phaseSeed(seed: number, cameras: number, repetition: number): number {
  return mixSeeds(seed, cameras, repetition) >>> 0
}
