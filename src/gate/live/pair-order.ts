import type { Random } from '../../system/seeded-random.js'
import { shuffled } from '../../system/seeded-random.js'

export type Side = 'baseline' | 'candidate'

/**
 * Which side of each pair goes first: random in permuted blocks of four, two of each (ICH E9 §2.3.2), so that at
 * each look both sides have gone first equally often and a steady drift cancels out.
 */
export function pairOrder(pairs: number, random: Random): Side[] {
  const block: Side[] = ['baseline', 'baseline', 'candidate', 'candidate']
  return Array.from({ length: Math.ceil(pairs / 4) }, () => shuffled(block, random))
    .flat()
    .slice(0, pairs)
}
