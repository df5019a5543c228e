import { createHash } from 'node:crypto'

import { UserError } from '../../system/user-error.js'
import type { VideoSettings } from '../../scenario/schema/settings.js'
import type { Clip } from './clip.js'
import { explainFfmpegEnd } from './explain-ffmpeg-end.js'
import { ffmpegArguments } from './ffmpeg-arguments.js'
import { ffmpegVersion } from './ffmpeg-version.js'
import { requireVideoFile } from './require-video-file.js'
import { runFfmpeg } from './run-ffmpeg.js'
import { classifySource, isEndless, printableSource } from './video-source.js'

/** A clip is held in memory, and base64 and multipart copies of it besides. */
const clipBytesLimit = 1024 ** 3

/**
 * Decodes the video once into JPEGs of the wanted size.
 * @throws UserError where the video is missing, damaged, not a video, shorter than `frames`, or too large to hold;
 *   the signal's reason after an abort. No ffmpeg is left in any case.
 */
export async function decodeFrames(
  video: VideoSettings,
  options: { ffmpeg: string; signal?: AbortSignal | undefined; onProgress?: (frames: number) => void },
): Promise<Clip> {
  const { ffmpeg, signal, onProgress } = options
  const source = classifySource(video.source)
  if (isEndless(source) && video.frames === undefined) throw withoutEnd(video.source)
  if (source.kind === 'file') await requireVideoFile(source.path)
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
      if (bytes > clipBytesLimit) throw tooLarge(video.source, frames.length)
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
    warnings: end.lastWords,
  }
}

function withoutEnd(source: string): UserError {
  return new UserError('this video source has no end', {
    where: `video.source ${printableSource(source)}`,
    expected: 'video.frames, the number of frames to take from it',
    received: 'no video.frames',
    remedy: 'add for example `frames: 375` to the video',
  })
}

function endsEarly(source: string, wanted: number, got: number): UserError {
  return new UserError('the video ends early', {
    where: printableSource(source),
    expected: `${wanted} frames (video.frames)`,
    received: `${got} frames`,
    remedy: `set video.frames to ${got} or less, or leave it out to take the whole video`,
  })
}

function tooLarge(source: string, framesRead: number): UserError {
  return new UserError('the decoded video does not fit into memory', {
    where: printableSource(source),
    expected: `at most ${clipBytesLimit / 1024 ** 2} MiB of JPEGs`,
    received: `more than that after ${framesRead} frames`,
    remedy: `set video.frames below ${framesRead}, or a smaller video.size or a higher video.quality number`,
  })
}
