import { maskAddress, secretWords } from '../../system/mask-address.js'
import { plural } from '../../system/plural.js'
import { ExitCode, UserError } from '../../system/user-error.js'
import type { FfmpegEnd } from './run-ffmpeg.js'
import { type VideoSource, classifySource } from './video-source.js'

/** The error that explains why ffmpeg ended; undefined if it read the video to its end. */
export function explainFfmpegEnd(end: FfmpegEnd, source: string, framesRead: number): UserError | undefined {
  if (end.exitCode === 0 && framesRead > 0 && !end.unfinishedFrame) return undefined
  const opened = classifySource(source)
  const { kind } = opened
  const words = lastLines(end, opened)
  const context = { where: maskAddress(source), ...(words !== '' && { excerpt: words }) }
  if (end.startError !== undefined) {
    return new UserError('ffmpeg could not be started', {
      where: end.startError,
      remedy: 'Check that the ffmpeg named by FFMPEG_BIN or found on PATH is executable.',
      exitCode: ExitCode.environment,
    })
  }
  if (end.signal !== undefined) {
    return new UserError(`ffmpeg was killed by ${end.signal} after ${plural(framesRead, 'frame')}`, {
      ...context,
      remedy: 'Run the command again. If it happens again, check the free memory.',
      exitCode: ExitCode.environment,
    })
  }
  if (framesRead === 0) return new UserError(nothingRead(kind, words), { ...context, ...remedies[kind] })
  return new UserError(`the video is damaged after ${plural(framesRead, 'frame')}`, {
    ...context,
    expected: 'a video that ffmpeg decodes without errors',
    remedy:
      kind === 'file' || kind === 'http'
        ? 'Copy the file again, re-encode it (ffmpeg -i damaged.mp4 whole.mp4), or take fewer frames with video.frames.'
        : 'Check that the video source is running and that the network connection to it works.',
    exitCode: kind === 'file' ? ExitCode.usage : ExitCode.environment,
  })
}

function nothingRead(kind: VideoSource['kind'], words: string): string {
  if (words.includes('matches no streams')) return 'the file or stream has no video'
  if (kind === 'file') return 'ffmpeg cannot read this file as a video'
  if (kind === 'device') return 'the capture device cannot be opened'
  return 'the video source cannot be opened'
}

const unreachable = {
  remedy: 'Check that the address is correct and that its server is running and reachable.',
  exitCode: ExitCode.environment,
}

const remedies: Record<VideoSource['kind'], { remedy: string; exitCode: ExitCode }> = {
  file: { remedy: 'Pass a file that contains a video.', exitCode: ExitCode.usage },
  device: {
    remedy:
      'Connect a camera, or check which devices exist (ls /dev/video*) and that this user may open them.',
    exitCode: ExitCode.environment,
  },
  http: unreachable,
  rtsp: unreachable,
  testsrc: {
    remedy: 'Use an ffmpeg with the lavfi input (libavdevice).',
    exitCode: ExitCode.environment,
  },
}

/** Lines that ffmpeg prints after every failure, whatever its cause. */
const boilerplate =
  /^(Error opening (input|output) files?|To ignore this|Task finished|Terminating thread|Failed to set value|Error parsing options|Conversion failed)/

/** ffmpeg's last lines, without memory addresses, boilerplate, repetitions, and lines with a part of a password. */
function lastLines(end: FfmpegEnd, source: VideoSource): string {
  const url = 'url' in source ? source.url : undefined
  const secrets = url === undefined ? new Set<string>() : secretWords(url)
  const lines = end.lastLines
    .map((line) => line.replaceAll(/\[[^\]]* @ 0x[0-9a-f]+\] /g, ''))
    .map((line) => (url === undefined ? line : line.replaceAll(url, maskAddress(url))))
    .filter((line) => !boilerplate.test(line))
    .filter((line) => line.split(/[^\p{L}\p{N}]+/u).every((word) => !secrets.has(word)))
  return [...new Set(lines)].slice(-5).join('\n')
}
