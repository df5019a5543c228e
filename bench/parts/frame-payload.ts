import type { Payload } from '../../src/frames/payload/payload.js'
import { seededRandom } from '../../src/system/seeded-random.js'

const text = (value: string) => new TextEncoder().encode(value)

/**
 * Frames of random bytes, as large as JPEGs and as incompressible: what a load generator has to move. A raw frame
 * begins with its number, 4 bytes little-endian. Client
 * batching (K above 1) is laid out as base64 JSON, which is the larger.
 */
export function framePayload(frames: number, frameBytes: number, framesPerRequest: number): Payload {
  const single = framesPerRequest === 1
  const encodedBytes = single ? frameBytes : Math.ceil(frameBytes / 3) * 4
  const offsets = Uint32Array.from({ length: frames + 1 }, (_, i) => i * encodedBytes)
  const bytes = new SharedArrayBuffer(frames * encodedBytes)
  const random = seededRandom(1)
  const words = new Uint32Array(bytes, 0, Math.floor(bytes.byteLength / 4))
  if (single) for (let i = 0; i < words.length; i++) words[i] = random() * 2 ** 32
  if (single) for (let i = 0; i < frames; i++) new DataView(bytes).setUint32(i * frameBytes, i, true)
  else new Uint8Array(bytes).fill(0x41)
  return {
    encoding: single ? 'raw' : 'base64',
    contentType: single ? 'image/jpeg' : 'application/json',
    bytes,
    offsets,
    leads: Array.from({ length: framesPerRequest }, (_, place) =>
      text(single ? '' : `${place === 0 ? '{' : ','}"image${place}":"`),
    ),
    trails: Array.from({ length: framesPerRequest }, () => text(single ? '' : '"')),
    end: text(single ? '' : '}'),
    variables: [],
  }
}
