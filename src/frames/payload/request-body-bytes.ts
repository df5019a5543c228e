import type { Payload } from './payload.js'

/** The content-length of a request with these frames, without building it. */
export function requestBodyBytes(
  { offsets, leads, trail, end }: Payload,
  frameIndices: readonly number[],
): number {
  let bytes = end.byteLength
  for (const [place, frame] of frameIndices.entries()) {
    const frameBytes = (offsets[frame + 1] ?? NaN) - (offsets[frame] ?? NaN)
    bytes += (leads[place]?.byteLength ?? NaN) + frameBytes + trail.byteLength
  }
  return bytes
}
