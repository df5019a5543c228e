import type { Encoding } from '../../scenario/plan/plan.js'

/**
 * Every frame of the clip, encoded once in shared memory. Requests, connections and threads read it without a copy. The
 * body of a request with frames i₁…iₖ is `leads[0] + frame(i₁) + trail + leads[1] + frame(i₂) + trail + … + end`.
 */
export interface Payload {
  encoding: Encoding
  contentType: string
  /** All encoded frames, back to back. */
  bytes: SharedArrayBuffer
  /** Frame i lies at offsets[i] … offsets[i + 1]; length is frames + 1. */
  offsets: Uint32Array
  /** The bytes before frame j of a request; length is framesPerRequest. */
  leads: Uint8Array[]
  trail: Uint8Array
  end: Uint8Array
}

/**
 * The whole body as one buffer, for HTTP clients that cannot write fragments. `frameIndices` are indices into the clip.
 * @throws Error if `frameIndices` is empty, has more frames than the payload was built for, or has an index outside the
 * clip
 */
export function requestBody(payload: Payload, frameIndices: readonly number[]): Buffer {
  const { leads, trail, end } = payload
  if (frameIndices.length < 1 || frameIndices.length > leads.length) {
    throw new Error(`a request carries 1 to ${leads.length} frames, not ${frameIndices.length}`)
  }
  const parts = frameIndices.flatMap((frame, place) => [leads[place]!, encodedFrame(payload, frame), trail])
  return Buffer.concat([...parts, end])
}

function encodedFrame({ bytes, offsets }: Payload, frame: number): Uint8Array {
  const start = offsets[frame]
  const end = offsets[frame + 1]
  if (start === undefined || end === undefined) throw new Error(`there is no frame ${frame}`)
  return new Uint8Array(bytes, start, end - start)
}
