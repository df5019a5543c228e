import type { Encoding } from '../../scenario/schema/settings.js'

/**
 * Every frame of the clip in one encoding, once, in shared memory: any number of requests, connections and
 * threads gather from it without a copy. The body of a request with frames i₁…iₖ is
 * `leads[0] + frame(i₁) + trail + leads[1] + frame(i₂) + trail + … + end`.
 */
export interface Payload {
  encoding: Encoding
  contentType: string
  /** All encoded frames, back to back. */
  bytes: SharedArrayBuffer
  /** Frame i lies at offsets[i] … offsets[i + 1]; length is frames + 1. */
  offsets: Uint32Array
  /** What precedes the frame in place j of a request; length is framesPerRequest. */
  leads: Uint8Array[]
  trail: Uint8Array
  end: Uint8Array
}
