import { createHash } from 'node:crypto'
import { readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import * as z from 'zod'
import { encodeFrames, payloadOf, type EncodedFrames } from '../frames/payload/build-payload.js'
import type { Payload } from '../frames/payload/payload.js'
import { pointMessage } from '../frames/payload/point-message.js'
import { decodeFrames, type Clip } from '../frames/video/decode-frames.js'
import { withFfmpeg } from '../frames/video/resolve-ffmpeg.js'
import { classifySource } from '../frames/video/video-source.js'
import type { Subject } from '../run/manifest.js'
import type { Point, VideoSettings } from '../scenario/plan/plan.js'
import type { RunningServer } from '../server/running-server.js'
import { isMasked } from '../system/mask-address.js'

/** The last requested clip, decoded once. The plan keeps points of the same video together. */
export type ClipOf = (video: VideoSettings) => Promise<Clip>

export function openClips(options: { signal: AbortSignal; onProgress: (text: string) => void }): ClipOf {
  // The promise is stored, so two requests at the same time decode once.
  return keepLast(isDeepStrictEqual, async (video: VideoSettings) => {
    options.onProgress('finding ffmpeg')
    const clip = await withFfmpeg(options, (ffmpeg) => {
      options.onProgress('decoding the video')
      return decodeFrames(video, { ffmpeg, signal: options.signal })
    })
    for (const note of clip.notes) options.onProgress(note)
    return clip
  })
}

/*
 * A camera never sends the same frames twice, and its password is not saved. So the frames of a source outside this
 * machine are kept in the run folder until the run is complete: a resumed run sends the same frames and needs no
 * address.
 */

/** The first line of a kept clip: all but the frames, and the length of each frame. */
const header = z.object({
  bytes: z.array(z.int().min(1)),
  width: z.int(),
  height: z.int(),
  jpegBytesMean: z.number(),
  hash: z.string(),
  notes: z.array(z.string()),
  framesLost: z.int(),
})

/** Decodes a video, or reads the frames that an earlier part of the run has kept. */
export function keepClips(clipOf: ClipOf, folder: string): ClipOf {
  return keepLast(isDeepStrictEqual, async (video: VideoSettings) => {
    if (isFromThisMachine(video)) return clipOf(video)
    const file = join(folder, clipName(video))
    const kept = await readClip(file)
    if (kept !== undefined) return kept
    const clip = await clipOf(video)
    await writeClip(file, clip)
    return clip
  })
}

/** Removes the frames that were kept. */
export async function dropKeptClips(folder: string): Promise<void> {
  const files = await readdir(folder).catch(() => [])
  for (const file of files)
    if (/^clip-[\da-f]+\.frames$/.test(file)) await rm(join(folder, file), { force: true })
}

/** A masked address is that of a camera, whether or not its password is known in this process. */
function isFromThisMachine({ source }: VideoSettings): boolean {
  if (isMasked(source)) return false
  const { kind } = classifySource(source)
  return kind === 'file' || kind === 'testsrc'
}

function clipName(video: VideoSettings): string {
  return `clip-${createHash('sha256').update(JSON.stringify(video)).digest('hex').slice(0, 12)}.frames`
}

/** One line of JSON with all but the frames, then the JPEGs, one after the other. */
async function writeClip(file: string, { frames, ...facts }: Clip): Promise<void> {
  const line = `${JSON.stringify({ ...facts, bytes: frames.map(({ length }) => length) })}\n`
  await writeFile(`${file}.part`, Buffer.concat([Buffer.from(line), ...frames]))
  await rename(`${file}.part`, file)
}

async function readClip(file: string): Promise<Clip | undefined> {
  const content = await readFile(file).catch(() => undefined)
  const end = content?.indexOf('\n') ?? -1
  if (content === undefined || end < 0) return undefined
  const { bytes, ...facts } = header.parse(JSON.parse(content.subarray(0, end).toString()))
  let at = end + 1
  const frames = bytes.map((length) => content.subarray(at, (at += length)))
  return { ...facts, frames }
}

/** The clip of a measurement, as it is saved. */
export function identifyClip({ source }: VideoSettings, clip: Clip): NonNullable<Subject['video']> {
  const { frames, width, height, jpegBytesMean, hash, notes, framesLost } = clip
  return {
    source,
    frames: frames.length,
    width,
    height,
    jpegBytesMean,
    hash,
    ...(notes.length > 0 && { notes }),
    ...(framesLost > 0 && { framesLost }),
  }
}

/** The request bodies of a point. */
export type PayloadOf = (
  clip: Clip,
  point: Pick<Point, 'batching' | 'model' | 'server'>,
  server?: Pick<RunningServer, 'tensor'>,
) => Payload

/** Encodes the frames of the last clip once per encoding and framing; all points and repetitions share them. */
export function openPayloads(): PayloadOf {
  const encodingsOf = keepLast(
    (one: Clip, other: Clip) => one === other,
    () => new Map<string, EncodedFrames>(),
  )
  return (clip, { server, batching, model }, running) => {
    const { encoding, framesPerRequest } = batching
    const message = pointMessage({ server, model, batching }, running?.tensor)
    const encodings = encodingsOf(clip)
    const key = `${encoding} ${message?.framingId}`
    const encoded = encodings.get(key) ?? encodeFrames(clip.frames, encoding, message)
    encodings.set(key, encoded)
    return payloadOf(encoded, { framesPerRequest, request: model.request, message })
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
