import { createHash } from 'node:crypto'
import { maskAddress } from '../../system/mask-address.js'
import { plural } from '../../system/plural.js'
import { UserError } from '../../system/user-error.js'
import type { VideoSettings } from '../../scenario/plan/plan.js'
import { explainFfmpegEnd } from './explain-ffmpeg-end.js'
import { ffmpegArguments } from './ffmpeg-arguments.js'
import { ffmpegVersion } from './ffmpeg-version.js'
import { classifySource, isEndless, requireVideoFile, type VideoSource } from './video-source.js'
import { runFfmpeg } from './run-ffmpeg.js'

/** A video, decoded before any measurement starts: one JPEG per frame. */
export interface Clip {
  /** In the order of the video. */
  frames: Uint8Array[]
  width: number
  height: number
  jpegBytesMean: number
  /** SHA-256 of all JPEGs in order: two runs with equal hashes sent the same frames. */
  hash: string
  /** ffmpeg's messages about damage that it could conceal; empty for an intact video. */
  warnings: string[]
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
  if (isEndless(source) && video.frames === undefined) throw withoutEnd(video.source)
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
  const frames: Buffer[] = []
  const hash = createHash('sha256')
  let bytes = 0
  const end = await runFfmpeg(ffmpeg, ffmpegArguments({ ...video, source, pace: 'clip' }, version), {
    signal,
    onFrame(jpeg) {
      frames.push(jpeg)
      hash.update(jpeg)
      bytes += jpeg.length
      if (bytes > clipLimitGB * 1e9) throw tooLarge(video.source, frames.length)
      onProgress?.(frames.length)
    },
  })
  const failure = explainFfmpegEnd(end, video.source, frames.length)
  if (failure !== undefined) throw failure
  if (video.frames !== undefined && frames.length < video.frames) {
    throw endsEarly(video.source, video.frames, frames.length)
  }
  return {
    frames,
    width: video.width,
    height: video.height,
    jpegBytesMean: bytes / frames.length,
    hash: hash.digest('hex'),
    warnings: end.lastLines,
  }
}

function withoutEnd(source: string): UserError {
  return new UserError('this video source has no end', {
    where: `video.source ${maskAddress(source)}`,
    expected: 'video.frames, the number of frames to take',
    received: 'no video.frames',
    remedy: 'Add for example `frames: 375` to the video.',
  })
}

function endsEarly(source: string, wanted: number, got: number): UserError {
  return new UserError('the video has too few frames', {
    where: maskAddress(source),
    expected: `${plural(wanted, 'frame')} (video.frames)`,
    received: plural(got, 'frame'),
    remedy: `Set video.frames to ${got} or less, or remove it to take the whole video.`,
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
