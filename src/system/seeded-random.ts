import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** Draws uniformly from [0, 1) with 2³² possible values. Does not allocate. */
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

/**
 * A new array in random order (Fisher and Yates). Why not simple-statistics' shuffle: it draws one more number per
 * array, which would change every seeded order after the first.
 */
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

/**
 * Mixes several numbers into one 32-bit seed that depends on every bit of each number, so that neighbouring seeds (1,
 * 2, 3 …) give unrelated streams. The mixing step is MurmurHash3's 32-bit finaliser (A. Appleby).
 */
export function mixSeeds(...parts: number[]): number {
  let hash = 0x9e37_79b9
  for (const part of parts) {
    hash = finalise(hash ^ (part | 0))
    hash = finalise(hash ^ Math.floor(part / 0x1_0000_0000))
  }
  return hash
}

function finalise(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35)
  return (hash ^ (hash >>> 16)) | 0
}
