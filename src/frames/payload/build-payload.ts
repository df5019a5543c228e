import { plural } from '../../system/plural.js'
import { UserError } from '../../system/user-error.js'
import type { Encoding, RequestShape } from '../../scenario/schema/settings.js'
import { bodyParts, encodeFrame, encodedBytes, frameFieldName } from './encoding.js'
import type { Payload } from './payload.js'

/**
 * Encodes every frame once, for requests with 1 to `framesPerRequest` frames in any order.
 * @throws UserError if several frames of a request would get the same field name, or the result exceeds 4.29 GB (32-bit offsets)
 */
export function buildPayload(
  frames: readonly Uint8Array[],
  settings: { encoding: Encoding; framesPerRequest: number; request: RequestShape },
): Payload {
  const { encoding, framesPerRequest, request } = settings
  if (encoding === 'raw' && framesPerRequest > 1) {
    throw new Error(`a raw request carries one frame, not ${framesPerRequest}`)
  }
  requireFrameNames(settings)
  const offsets = frameOffsets(frames, encoding)
  const bytes = new SharedArrayBuffer(offsets[frames.length] ?? 0)
  const target = Buffer.from(bytes)
  for (const [index, frame] of frames.entries()) encodeFrame(encoding, frame, target, offsets[index] ?? 0)
  const boundary = encoding === 'multipart' ? boundaryOutside(target) : ''
  return { encoding, bytes, offsets, ...bodyParts(encoding, framesPerRequest, request, boundary) }
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
  const named = encoding === 'multipart' || (encoding === 'base64' && request.json === 'object')
  if (!named || framesPerRequest === 1 || frameFieldName(request, 0) !== frameFieldName(request, 1)) return
  throw new UserError('all frames of a request would have the same name', {
    where: 'model.request.field',
    expected: 'a name with {i}, which becomes the index of the frame in the request',
    received: JSON.stringify(request.field),
    remedy: 'Write for example `field: frame_{i}`.',
  })
}

/** The first candidate that occurs in no frame: the same clip always gets the same boundary. */
function boundaryOutside(bytes: Buffer): string {
  for (let candidate = 0; ; candidate++) {
    const boundary = `framestorm-${candidate.toString(36).padStart(8, '0')}`
    if (!bytes.includes(boundary)) return boundary
  }
}
