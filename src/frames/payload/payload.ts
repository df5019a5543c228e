import type { Encoding } from '../../scenario/plan/plan.js'

/**
 * Every frame of the clip, encoded once in shared memory. Requests, connections and threads read it without a copy. The
 * body of a request with frames i₁…iₖ is `leads[0] + frame(i₁) + trails[0] + leads[1] + frame(i₂) + trails[1] + … +
 * end`.
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
  /** The bytes after frame j of a request; length is framesPerRequest. */
  trails: Uint8Array[]
  end: Uint8Array
  /** The variables whose marks stand in leads, trails and end. Their values are known only when a request is sent. */
  variables: readonly SentVariable[]
}

/** `count`: the frames of the request. `camera`: the camera of a frame. */
export type SentVariable = keyof typeof variableMarks

/** The byte that stands for a variable. Neither byte occurs in UTF-8 text (RFC 3629, section 1). */
export const variableMarks = { count: 0xfe, camera: 0xff } as const

/** Gives the camera of the frame at this place of a request. */
export type CameraAt = (place: number) => number

/** The camera of requests that are sent outside of a load. */
const firstCamera: CameraAt = () => 0

/**
 * The bytes between the frames of a request with `count` frames, variables filled in. The body is `gaps[0] + frame(i₁) +
 * gaps[1] + … + frame(iₖ) + gaps[k]`. What belongs to no frame has the camera of the first one.
 */
export function bodyGaps(
  { leads, trails, end, variables }: Payload,
  count: number,
  cameraAt: CameraAt = firstCamera,
): Buffer[] {
  const fill =
    variables.length === 0
      ? (bytes: Uint8Array) => bytes
      : (bytes: Uint8Array, place: number) => filled(bytes, count, cameraAt(place))
  const gaps = [Buffer.from(fill(leads[0]!, 0))]
  for (let place = 1; place < count; place++) {
    gaps.push(Buffer.concat([fill(trails[place - 1]!, place - 1), fill(leads[place]!, place)]))
  }
  gaps.push(Buffer.concat([fill(trails[count - 1]!, count - 1), fill(end, 0)]))
  return gaps
}

function filled(bytes: Uint8Array, count: number, camera: number): Uint8Array {
  if (!bytes.includes(variableMarks.count) && !bytes.includes(variableMarks.camera)) return bytes
  const pieces: Uint8Array[] = []
  let start = 0
  for (const [index, byte] of bytes.entries()) {
    if (byte !== variableMarks.count && byte !== variableMarks.camera) continue
    const value = byte === variableMarks.count ? count : camera
    pieces.push(bytes.subarray(start, index), Buffer.from(String(value)))
    start = index + 1
  }
  return Buffer.concat([...pieces, bytes.subarray(start)])
}

/**
 * The whole body as one buffer, for HTTP clients that cannot write fragments. `frameIndices` are indices into the clip.
 * @throws Error if `frameIndices` is empty, has more frames than the payload was built for, or has an index outside the
 * clip
 */
export function requestBody(payload: Payload, frameIndices: readonly number[]): Buffer {
  const { leads } = payload
  if (frameIndices.length < 1 || frameIndices.length > leads.length) {
    throw new Error(`a request carries 1 to ${leads.length} frames, not ${frameIndices.length}`)
  }
  const [first, ...rest] = bodyGaps(payload, frameIndices.length)
  const parts = frameIndices.flatMap((frame, place) => [encodedFrame(payload, frame), rest[place]!])
  return Buffer.concat([first!, ...parts])
}

function encodedFrame({ bytes, offsets }: Payload, frame: number): Uint8Array {
  const start = offsets[frame]
  const end = offsets[frame + 1]
  if (start === undefined || end === undefined) throw new Error(`there is no frame ${frame}`)
  return new Uint8Array(bytes, start, end - start)
}
