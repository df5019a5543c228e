/**
 * One 32-bit seed from several numbers, in which each bit of each number counts: neighbouring seeds (1, 2, 3 …,
 * as people write them) give unrelated streams. The mixing step is MurmurHash3's 32-bit finaliser (A. Appleby).
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
