import { ExitCode, UserError } from '../../system/user-error.js'
import type { FfmpegEnd } from './run-ffmpeg.js'
import type { VideoSource } from './video-source.js'
import { classifySource, printableSource } from './video-source.js'

/** The error behind an ffmpeg that did not end well; undefined where it did. */
export function explainFfmpegEnd(end: FfmpegEnd, source: string, framesRead: number): UserError | undefined {
  if (end.exitCode === 0 && framesRead > 0 && !end.unfinishedFrame) return undefined
  const kind = classifySource(source).kind
  const words = lastWords(end, source)
  const place = { where: printableSource(source), ...(words !== '' && { excerpt: words }) }
  if (end.startError !== undefined) {
    return new UserError('ffmpeg could not be started', {
      where: end.startError,
      remedy: 'see that the ffmpeg named by FFMPEG_BIN or found on PATH may be run',
      exitCode: ExitCode.environment,
    })
  }
  if (end.signal !== undefined) {
    return new UserError(`ffmpeg was ended by ${end.signal} after ${framesRead} frames`, {
      ...place,
      remedy: 'run it again; where it recurs, look for a lack of memory',
      exitCode: ExitCode.environment,
    })
  }
  if (framesRead === 0) return new UserError(nothingRead(kind, words), { ...place, ...remedies[kind] })
  return new UserError(`the video is damaged after ${framesRead} frames`, {
    ...place,
    expected: 'a video that ffmpeg decodes without an error',
    remedy:
      kind === 'file' || kind === 'http'
        ? `copy or re-encode it (ffmpeg -i damaged.mp4 whole.mp4), or take fewer frames with video.frames`
        : 'see that the source and the network to it are up',
    exitCode: kind === 'file' ? ExitCode.usage : ExitCode.environment,
  })
}

function nothingRead(kind: VideoSource['kind'], words: string): string {
  if (words.includes('matches no streams')) return 'there is no video in it'
  if (kind === 'file') return 'ffmpeg cannot read this file as a video'
  if (kind === 'device') return 'the capture device cannot be opened'
  return 'the video source cannot be opened'
}

const unreachable = {
  remedy: 'see that the address is right and its server is up and reachable from here',
  exitCode: ExitCode.environment,
}

const remedies: Record<VideoSource['kind'], { remedy: string; exitCode: ExitCode }> = {
  file: { remedy: 'give a file that holds a video', exitCode: ExitCode.usage },
  device: {
    remedy: 'connect a camera, or see which there are (ls /dev/video*) and that this user may open it',
    exitCode: ExitCode.environment,
  },
  http: unreachable,
  rtsp: unreachable,
  testsrc: {
    remedy: 'use an ffmpeg that has the lavfi input (libavdevice)',
    exitCode: ExitCode.environment,
  },
}

/** What ffmpeg says after every failure, whatever its cause. */
const boilerplate =
  /^(Error opening (input|output) files?|To ignore this|Task finished|Terminating thread|Failed to set value|Error parsing options|Conversion failed)/

/** Without the memory addresses of ffmpeg's contexts, boilerplate, repetitions, and the password of an address. */
function lastWords(end: FfmpegEnd, source: string): string {
  const lines = end.lastWords
    .map((line) =>
      line.replaceAll(/\[[^\]]* @ 0x[0-9a-f]+\] /g, '').replaceAll(source, printableSource(source)),
    )
    .filter((line) => !boilerplate.test(line))
  return [...new Set(lines)].slice(-5).join('\n')
}
