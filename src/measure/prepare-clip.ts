import { isDeepStrictEqual } from 'node:util'
import { encodeFrames, payloadOf, type EncodedFrames } from '../frames/payload/build-payload.js'
import type { Payload } from '../frames/payload/payload.js'
import { decodeFrames, type Clip } from '../frames/video/decode-frames.js'
import { ensureFfmpeg } from '../frames/video/resolve-ffmpeg.js'
import type { Encoding, Point, VideoSettings } from '../scenario/plan/plan.js'

/** The last requested clip, decoded once. The plan keeps points of the same video together. */
export type ClipOf = (video: VideoSettings) => Promise<Clip>

export function openClips(options: { signal: AbortSignal; onProgress: (text: string) => void }): ClipOf {
  // The promise is stored, so two requests at the same time decode once.
  return keepLast(isDeepStrictEqual, async (video: VideoSettings) => {
    options.onProgress('finding ffmpeg')
    const ffmpeg = await ensureFfmpeg(options)
    options.onProgress('decoding the video')
    return decodeFrames(video, { ffmpeg, signal: options.signal })
  })
}

/** The request bodies of a point. */
export type PayloadOf = (clip: Clip, point: Pick<Point, 'batching' | 'model'>) => Payload

/** Encodes the frames of the last clip once per encoding; all points and repetitions share them. */
export function openPayloads(): PayloadOf {
  const encodingsOf = keepLast(
    (one: Clip, other: Clip) => one === other,
    () => new Map<Encoding, EncodedFrames>(),
  )
  return (clip, { batching: { encoding, framesPerRequest }, model }) => {
    const encodings = encodingsOf(clip)
    const encoded = encodings.get(encoding) ?? encodeFrames(clip.frames, encoding)
    encodings.set(encoding, encoded)
    return payloadOf(encoded, { framesPerRequest, request: model.request })
  }
}

/**
 * Makes a value per key and keeps only the last one, because a decoded video and its encodings are too large to keep
 * several.
 */
function keepLast<Key, Value>(
  isSame: (one: Key, other: Key) => boolean,
  make: (key: Key) => Value,
): (key: Key) => Value {
  let kept: { key: Key; value: Value } | undefined
  return (key) => {
    if (kept === undefined || !isSame(kept.key, key)) {
      // Release the last value before the next one is made. Both together would double the memory.
      kept = undefined
      kept = { key, value: make(key) }
    }
    return kept.value
  }
}
