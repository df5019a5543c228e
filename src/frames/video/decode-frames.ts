import { createHash } from 'node:crypto'
import { maskAddress } from '../../system/mask-address.js'
import { plural } from '../../system/plural.js'
import { ExitCode, UserError } from '../../system/user-error.js'
import type { VideoSettings } from '../../scenario/plan/plan.js'
import { describeInput } from './describe-input.js'
import { explainFfmpegEnd, explainLostFrames } from './explain-ffmpeg-end.js'
import { ffmpegCommand } from './ffmpeg-command.js'
import type { FfmpegLog } from './ffmpeg-log.js'
import { requireProtocol } from './ffmpeg-protocols.js'
import { ffmpegVersion } from './ffmpeg-version.js'
import { isLive } from './is-live.js'
import { runFfmpeg } from './run-ffmpeg.js'
import { classifySource, isEndless, requireVideoFile, type VideoSource } from './video-source.js'

/** A video, decoded before any measurement starts: one JPEG per frame. */
export interface Clip {
  /** In the order of the video. */
  frames: Uint8Array[]
  width: number
  height: number
  jpegBytesMean: number
  /** SHA-256 of all JPEGs in order: two runs with equal hashes sent the same frames. */
  hash: string
  /** What a user should know about how the frames came from the video. */
  notes: string[]
  /** Frames that were damaged and left out. */
  framesLost: number
}

/** The clip and its encoded copies are held in memory. */
const clipLimitGB = 1

/**
 * Checks a video before it is decoded.
 * @throws UserError (usage) if its file is missing, or if a source without an end
 * has no number of frames
 */
export async function requireDecodable(
  video: Pick<VideoSettings, 'source' | 'frames'>,
): Promise<VideoSource> {
  const source = classifySource(video.source)
  if (isEndless(source) === true && video.frames === undefined) throw withoutEnd(video.source)
  if (source.kind === 'file') await requireVideoFile(source.path)
  return source
}

/**
 * Decodes the video once into JPEGs of the configured size. No ffmpeg process is left behind.
 * @throws UserError if the video is missing, damaged, not a video, shorter than `frames`, or too large for memory; the
 *   signal's reason after an abort
 */
export async function decodeFrames(
  video: VideoSettings,
  options: {
    ffmpeg: string
    signal?: AbortSignal | undefined
    onProgress?: ((frames: number) => void) | undefined
  },
): Promise<Clip> {
  const { ffmpeg, signal, onProgress } = options
  const source = await requireDecodable(video)
  const version = (await ffmpegVersion(ffmpeg)) ?? { text: 'unknown', major: Infinity, minor: 0 }
  await requireProtocol(ffmpeg, source, video.source)
  const live = await isLive(source, signal)
  signal?.throwIfAborted()
  if (live && video.frames === undefined) throw withoutEnd(video.source)
  const frames: Buffer[] = []
  const hash = createHash('sha256')
  let bytes = 0
  const end = await runFfmpeg(
    ffmpeg,
    ffmpegCommand({ ...video, source, pace: 'clip', isLive: live }, version),
    {
      signal,
      onFrame(jpeg) {
        frames.push(jpeg)
        hash.update(jpeg)
        bytes += jpeg.length
        if (bytes > clipLimitGB * 1e9) throw tooLarge(video.source, frames.length)
        onProgress?.(frames.length)
      },
    },
  )
  // ffmpeg reads ahead of the last frame that is wanted: what happens there does not matter.
  const hasAll = video.frames !== undefined && frames.length >= video.frames
  const failure = hasAll ? undefined : explainFfmpegEnd(end, video, frames.length)
  if (failure !== undefined) throw failure
  const framesLost = countLost(end.log, video, frames.length)
  if (video.damage !== 'skip') {
    const lost = explainLostFrames(end, video.source, { framesRead: frames.length, framesLost })
    if (lost !== undefined) throw lost
  }
  if (video.frames !== undefined && frames.length < video.frames) {
    throw endsEarly(video.source, { wanted: video.frames, got: frames.length, live })
  }
  return {
    frames,
    ...jpegSize(frames[0]!),
    jpegBytesMean: bytes / frames.length,
    hash: hash.digest('hex'),
    notes: [
      ...(end.log.input === undefined ? [] : describeInput(end.log.input, video, source)),
      ...(framesLost > 0 ? [`${plural(framesLost, 'damaged frame')} of the video left out`] : []),
    ],
    framesLost,
  }
}

/**
 * Damaged frames that ffmpeg left out. It counts packets, one per frame; frames whose packets are missing are found by
 * the time of the video. Some intact videos have packets without a picture, so only a video with errors has lost frames.
 */
function countLost(
  { errors, input, packetsRead, framesDecoded, endS }: FfmpegLog,
  { frames: wanted, stream = 1 }: Pick<VideoSettings, 'frames' | 'stream'>,
  framesRead: number,
): number {
  if (errors.length === 0) return 0
  const fps = input?.streams[stream - 1]?.fps
  const readToEnd = wanted === undefined || framesRead < wanted
  // With a number of frames, ffmpeg reads ahead of the last one.
  const notDecoded = readToEnd ? Math.max(0, (packetsRead ?? 0) - (framesDecoded ?? 0)) : 0
  const lastS = readToEnd ? input?.durationS : endS
  const missing = fps === undefined || lastS === undefined ? 0 : Math.round(lastS * fps) - framesRead
  // The time of the end is rounded in some containers.
  return missing > notDecoded + 1 ? missing : notDecoded
}

function withoutEnd(source: string): UserError {
  return new UserError('this video source has no end', {
    where: `video.source ${maskAddress(source)}`,
    expected: 'video.frames, the number of frames to take',
    received: 'no video.frames',
    remedy: 'Add for example `frames: 375` to the video.',
  })
}

function endsEarly(
  source: string,
  { wanted, got, live }: { wanted: number; got: number; live: boolean },
): UserError {
  const problem = live
    ? `the video source stopped after ${plural(got, 'frame')}`
    : 'the video has too few frames'
  return new UserError(problem, {
    where: maskAddress(source),
    expected: `${plural(wanted, 'frame')} (video.frames)`,
    received: plural(got, 'frame'),
    remedy: live
      ? `Check that the camera is running and that the network connection to it works, or set video.frames to ${got} or less.`
      : `Set video.frames to ${got} or less, or remove it to take the whole video.`,
    ...(live && { exitCode: ExitCode.environment }),
  })
}

function tooLarge(source: string, framesRead: number): UserError {
  return new UserError('the decoded video does not fit into memory', {
    where: maskAddress(source),
    expected: `at most ${clipLimitGB} GB of JPEGs`,
    received: `more after ${plural(framesRead, 'frame')}`,
    remedy: `Set video.frames below ${framesRead}, a smaller video.size, or a higher video.quality number.`,
  })
}

/**
 * The size in the frame header of a JPEG (ITU-T T.81, B.2.2), in pixels.
 * @throws Error if there is none
 */
function jpegSize(jpeg: Uint8Array): { width: number; height: number } {
  const view = new DataView(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength)
  for (let at = 2; at + 9 <= jpeg.length; at += 2 + view.getUint16(at + 2)) {
    const marker = view.getUint16(at)
    // SOF0 to SOF15, without DHT, JPG and DAC.
    const isFrame = marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker)
    if (isFrame) return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) }
  }
  throw new Error('the JPEG has no frame header')
}
