/** A video decoded before any clock starts: one JPEG a frame. */
export interface Clip {
  /** In the order of the video. */
  frames: Uint8Array[]
  width: number
  height: number
  jpegBytesMean: number
  /** SHA-256 of all JPEGs in order: two runs with equal hashes sent the same frames. */
  hash: string
  /** ffmpeg's words about damage that it could conceal; empty for a sound video. */
  warnings: string[]
}
