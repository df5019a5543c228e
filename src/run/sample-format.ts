/*
 * The sample file: a 16-byte head, then blocks. A block is 16 bytes (mark, kind, record count, 0) and its
 * records, all of one size; everything is little-endian and 8-byte aligned, so that a record is written and read
 * through typed arrays. Blocks are appended whole, by any number of threads: a crash or a full disk can only cut
 * the last one, whose whole records are still good.
 */

export const fileMagic = 'FSSAMPLE'
export const fileVersion = 1
export const fileHeadBytes = 16
export const blockHeadBytes = 16
/** `BLCK` read as a little-endian number. */
export const blockMark = 0x4b_43_4c_42

export const BlockKind = { requests: 1, frames: 2 } as const

/** Places in units of 8 bytes (Float64Array). */
export const requestDoubles = { due: 0, sent: 1, answered: 2, connect: 3 } as const
/** Places in units of 4 bytes (Uint32Array, Float32Array for the deviation). */
export const requestWords = {
  serverRequestId: 8,
  request: 12,
  firstFrame: 13,
  client: 14,
  bodyBytes: 15,
  answerBytes: 16,
  deviation: 17,
  /** status + frames · 2¹⁶ */
  statusAndFrames: 18,
  /** phase + outcome · 2⁸ */
  phaseAndOutcome: 19,
} as const
export const requestRecordBytes = 80

export const frameDoubles = { captured: 0 } as const
export const frameWords = { camera: 2, frame: 3, request: 4, phaseAndOutcome: 5 } as const
export const frameRecordBytes = 24

export function recordBytes(kind: number): number | undefined {
  if (kind === BlockKind.requests) return requestRecordBytes
  if (kind === BlockKind.frames) return frameRecordBytes
  return undefined
}

/** The first bytes of every sample file. */
export function sampleFileHead(): Buffer {
  const head = Buffer.alloc(fileHeadBytes)
  head.write(fileMagic, 0, 'latin1')
  head.writeUInt32LE(fileVersion, 8)
  return head
}
