import { plural } from '../../system/plural.js'
import { UserError } from '../../system/user-error.js'
import type { Encoding, RequestShape } from '../../scenario/plan/plan.js'
import { bodyParts, encodeFrame, encodedBytes, frameFieldName } from './encoding.js'
import type { Payload } from './payload.js'

/** All frames of a clip in one encoding, independent of the number of frames per request. */
export type EncodedFrames = Pick<Payload, 'encoding' | 'bytes' | 'offsets'> & {
  /** Separates the parts of a multipart body; '' in other encodings. */
  boundary: string
}

/**
 * Encodes every frame once into shared memory.
 * @throws UserError if the result exceeds 4.29 GB (32-bit offsets)
 */
export function encodeFrames(frames: readonly Uint8Array[], encoding: Encoding): EncodedFrames {
  const offsets = frameOffsets(frames, encoding)
  const bytes = new SharedArrayBuffer(offsets[frames.length] ?? 0)
  const target = Buffer.from(bytes)
  for (const [index, frame] of frames.entries()) encodeFrame(encoding, frame, target, offsets[index] ?? 0)
  return { encoding, bytes, offsets, boundary: encoding === 'multipart' ? boundaryOutside(target) : '' }
}

/**
 * The payload of requests that carry 1 to `framesPerRequest` of these frames in any order.
 * @throws UserError if several frames of a request would get the same field name
 */
export function payloadOf(
  { boundary, ...encoded }: EncodedFrames,
  { framesPerRequest, request }: { framesPerRequest: number; request: RequestShape },
): Payload {
  const { encoding } = encoded
  if (encoding === 'raw' && framesPerRequest > 1) {
    throw new Error(`a raw request carries one frame, not ${framesPerRequest}`)
  }
  requireFrameNames({ encoding, framesPerRequest, request })
  return { ...encoded, ...bodyParts(encoding, framesPerRequest, request, boundary) }
}

/** Encodes frames for requests of one size: encodeFrames, then payloadOf. */
export function buildPayload(
  frames: readonly Uint8Array[],
  { encoding, ...requests }: { encoding: Encoding; framesPerRequest: number; request: RequestShape },
): Payload {
  return payloadOf(encodeFrames(frames, encoding), requests)
}

function frameOffsets(frames: readonly Uint8Array[], encoding: Encoding): Uint32Array<ArrayBuffer> {
  const offsets = new Uint32Array(frames.length + 1)
  let offset = 0
  for (const [index, frame] of frames.entries()) {
    offset += encodedBytes(encoding, frame.byteLength)
    if (offset > 0xffff_ffff) {
      throw new UserError('the encoded video is larger than 4.29 GB', {
        where: 'video.frames',
        received: plural(frames.length, 'frame'),
        remedy: `Set video.frames to ${index} or less.`,
      })
    }
    offsets[index + 1] = offset
  }
  return offsets
}

/**
 * Servers keep only the last of several fields with the same name (TorchServe: ts/protocol/otf_message_handler.py).
 * @throws UserError (usage) if the frames of a request would share one
 */
export function requireFrameNames(settings: {
  encoding: Encoding
  framesPerRequest: number
  request: RequestShape
}): void {
  const { encoding, framesPerRequest, request } = settings
  if (!('field' in request)) return
  const named = encoding === 'multipart' || (encoding === 'base64' && request.json === 'object')
  if (!named || framesPerRequest === 1 || frameFieldName(request, 0) !== frameFieldName(request, 1)) return
  throw new UserError('all frames of a request have the same field name', {
    where: 'model.request.field',
    expected: 'a name with {i}, which is replaced by the zero-based index of the frame in the request',
    received: JSON.stringify(request.field),
    remedy: 'Use a name with {i}, for example `field: frame_{i}`.',
  })
}

/** The first candidate that occurs in no frame: the same clip always gets the same boundary. */
function boundaryOutside(bytes: Buffer): string {
  for (let candidate = 0; ; candidate++) {
    const boundary = `framestorm-${candidate.toString(36).padStart(8, '0')}`
    if (!bytes.includes(boundary)) return boundary
  }
}
