import { mixSeeds } from '../../system/mix-seeds.js'

const classes = 1000
const top = 5

/**
 * The answer to one frame, a function of its bytes alone: five classes with falling probabilities, as our
 * handler gives them for a real model. The labels say that nothing was recognised.
 */
export function simulatedAnswer(checksum: number): Record<string, number> {
  const answer: Record<string, number> = {}
  let left = 1
  for (let rank = 0; rank < top; rank++) {
    const draw = mixSeeds(checksum, rank) >>> 0
    // A prime step keeps the five labels apart.
    const label = ((checksum >>> 0) + rank * 199) % classes
    const share = left * (0.5 + draw / 0x2_0000_0000 / 2)
    answer[`simulated class ${label}`] = Number(share.toFixed(8))
    left -= share
  }
  return answer
}
