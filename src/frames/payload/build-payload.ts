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

/** A message that carries the frames of a request, in place of a body of this encoding. */
export interface RequestMessage {
  /** The bytes that precede a frame of this size. */
  framing: (frameBytes: number) => Uint8Array
  /** Equal for messages with the same framing, whose encoded frames are the same. */
  framingId: string
  parts: (framesPerRequest: number) => Omit<Payload, 'encoding' | 'bytes' | 'offsets' | 'framingBytes'>
}

const noFraming = () => new Uint8Array(0)

/**
 * Encodes every frame once into shared memory.
 * @throws UserError if the result exceeds 4.29 GB (32-bit offsets)
 */
export function encodeFrames(
  frames: readonly Uint8Array[],
  encoding: Encoding,
  { framing = noFraming }: Partial<Pick<RequestMessage, 'framing'>> = {},
): EncodedFrames {
  const offsets = frameOffsets(frames, encoding, framing)
  const bytes = new SharedArrayBuffer(offsets[frames.length] ?? 0)
  const target = Buffer.from(bytes)
  for (const [index, frame] of frames.entries()) {
    const framed = framing(encodedBytes(encoding, frame.byteLength))
    const offset = offsets[index] ?? 0
    target.set(framed, offset)
    encodeFrame(encoding, frame, target, offset + framed.byteLength)
  }
  return { encoding, bytes, offsets, boundary: encoding === 'multipart' ? boundaryOutside(target) : '' }
}

interface PayloadRequests {
  framesPerRequest: number
  request: RequestShape
  /** If it is set, `encoded` has its framing. */
  message?: RequestMessage | undefined
}

/**
 * The payload of requests that carry 1 to `framesPerRequest` of these frames in any order.
 * @throws UserError if several frames of a request would get the same field name
 */
export function payloadOf(
  { boundary, ...encoded }: EncodedFrames,
  { framesPerRequest, request, message }: PayloadRequests,
): Payload {
  const { encoding } = encoded
  if (message !== undefined) {
    const { framing, parts } = message
    return { ...encoded, framingBytes: framing(0).byteLength, ...parts(framesPerRequest) }
  }
  if (encoding === 'raw' && framesPerRequest > 1) {
    throw new Error(`a raw request carries one frame, not ${framesPerRequest}`)
  }
  requireFrameNames({ encoding, framesPerRequest, request })
  return { ...encoded, ...bodyParts(encoding, framesPerRequest, request, boundary) }
}

/** Encodes frames for requests of one size: encodeFrames, then payloadOf. */
export function buildPayload(
  frames: readonly Uint8Array[],
  { encoding, ...requests }: PayloadRequests & { encoding: Encoding },
): Payload {
  return payloadOf(encodeFrames(frames, encoding, requests.message), requests)
}

function frameOffsets(
  frames: readonly Uint8Array[],
  encoding: Encoding,
  framing: RequestMessage['framing'],
): Uint32Array<ArrayBuffer> {
  const offsets = new Uint32Array(frames.length + 1)
  let offset = 0
  for (const [index, frame] of frames.entries()) {
    const bytes = encodedBytes(encoding, frame.byteLength)
    offset += framing(bytes).byteLength + bytes
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
