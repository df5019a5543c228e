import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { mixSeeds } from './mix-seeds.js'

/** Draws uniformly from [0, 1), 2³² values; no allocation. */
export type Random = () => number

/** The same seed gives the same draws on every machine and Node version. */
export function seededRandom(seed: number): Random {
  const generator = xoroshiro128plus(mixSeeds(seed))
  // The generator's first state is mostly zeros and ones; a few steps spread the seed over all of it.
  for (let i = 0; i < 8; i++) generator.next()
  return () => (generator.next() >>> 0) / 0x1_0000_0000
}

/** A draw from the exponential distribution with mean 1: the gaps of a Poisson process. */
export function exponential(random: Random): number {
  return -Math.log(1 - random())
}

/** A new array in random order (Fisher and Yates). */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const result = [...items]
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const item = result[i]!
    result[i] = result[j]!
    result[j] = item
  }
  return result
}
