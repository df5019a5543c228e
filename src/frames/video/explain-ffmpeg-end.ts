import type { VideoSettings } from '../../scenario/plan/plan.js'
import { maskAddress, secretWords } from '../../system/mask-address.js'
import { plural } from '../../system/plural.js'
import { ExitCode, UserError, type UserErrorParts } from '../../system/user-error.js'
import type { FfmpegEnd } from './run-ffmpeg.js'
import { type VideoSource, classifySource, isEndless } from './video-source.js'

/** The error that explains why ffmpeg ended; undefined if it read the video to its end. */
export function explainFfmpegEnd(
  end: FfmpegEnd,
  settings: Pick<VideoSettings, 'source' | 'damage' | 'stream'>,
  framesRead: number,
): UserError | undefined {
  const { source } = settings
  if (end.exitCode === 0 && framesRead > 0 && !end.unfinishedFrame) return undefined
  const opened = classifySource(source)
  const { kind } = opened
  const words = lastErrors(end.log.errors, opened)
  const context = { where: maskAddress(source), ...(words !== '' && { excerpt: words }) }
  if (end.startError !== undefined) {
    return new UserError('ffmpeg could not be started', {
      where: end.startError,
      remedy: 'Check that the ffmpeg named by FFMPEG_BIN or found on PATH is executable.',
      exitCode: ExitCode.environment,
    })
  }
  if (end.signal !== undefined && crashSignals.has(end.signal) && framesRead === 0) {
    return new UserError(`ffmpeg crashed (${end.signal}) before the first frame`, {
      ...context,
      remedy: crashRemedy,
      exitCode: ExitCode.environment,
      cause: ffmpegCrash,
    })
  }
  if (end.signal !== undefined) {
    return new UserError(`ffmpeg was killed by ${end.signal} after ${plural(framesRead, 'frame')}`, {
      ...context,
      remedy: 'Run the command again. If it happens again, check the free memory.',
      exitCode: ExitCode.environment,
    })
  }
  const { input } = end.log
  const isNone = input === undefined || input.streams.length === 0
  const { damage = 'refuse', stream = 1 } = settings
  if (framesRead === 0 && !isNone && stream > input.streams.length) {
    return new UserError('the source has no such video stream', {
      ...context,
      expected: `video.stream from 1 to ${input.streams.length}`,
      received: String(stream),
      remedy: 'Correct video.stream, or remove it to use the first one.',
    })
  }
  if (framesRead === 0 && (isNone || isEndless(opened) === true)) {
    return new UserError(nothingRead(opened, words), { ...context, ...remedies[kind] })
  }
  if (damage === 'skip' && framesRead > 0 && !end.unfinishedFrame) return undefined
  return damaged(
    `the video is damaged ${placeAfter(framesRead, input?.streams[stream - 1]?.fps)}`,
    opened,
    context,
  )
}

/** ffmpeg decodes some damaged videos to their end and leaves out the frames that it could not decode. */
export function explainLostFrames(
  { log }: FfmpegEnd,
  source: string,
  { framesRead, framesLost }: { framesRead: number; framesLost: number },
): UserError | undefined {
  if (framesLost === 0 || log.errors.length === 0) return undefined
  const opened = classifySource(source)
  const words = lastErrors(log.errors, opened)
  return damaged(
    `the video is damaged: ${framesLost} of its ${framesRead + framesLost} frames cannot be decoded`,
    opened,
    { where: maskAddress(source), ...(words !== '' && { excerpt: words }) },
  )
}

function damaged(message: string, { kind }: VideoSource, context: UserErrorParts): UserError {
  const isFile = kind === 'file' || kind === 'download'
  return new UserError(message, {
    ...context,
    expected: 'a video that ffmpeg decodes without errors',
    remedy:
      'Set `damage: skip` in the video to leave out the damaged frames. ' +
      (isFile
        ? 'Or copy the file again, or take fewer frames with video.frames.'
        : 'Or check the connection to the source; rtsp with `transport: tcp` loses no packets.'),
    exitCode: kind === 'file' ? ExitCode.usage : ExitCode.environment,
  })
}

/** `after 107 frames (4.3 s)`. */
function placeAfter(framesRead: number, fps: number | undefined): string {
  if (framesRead === 0) return 'at its start'
  const time = fps === undefined ? '' : ` (${(framesRead / fps).toFixed(1)} s)`
  return `after ${plural(framesRead, 'frame')}${time}`
}

/** Marks the error of an ffmpeg that crashed, so that another one can be tried. */
export const ffmpegCrash = Symbol('ffmpeg crashed')

const crashSignals = new Set(['SIGSEGV', 'SIGABRT', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGSYS'])

const crashRemedy =
  'A statically linked ffmpeg crashes on host names with some versions of glibc, and on processors that it was not built for. ' +
  'Write the IP address of the source, or install an ffmpeg of your system (for example apt install ffmpeg) and name it with FFMPEG_BIN.'

function nothingRead({ kind }: VideoSource, words: string): string {
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
  download: unreachable,
  live: unreachable,
  testsrc: {
    remedy: 'Use an ffmpeg with the lavfi input (libavdevice).',
    exitCode: ExitCode.environment,
  },
}

/** Lines that ffmpeg prints after every failure, whatever its cause. */
const boilerplate =
  /^(Error opening (input|output) files?|To ignore this|Task finished|Terminating thread|Failed to set value|Error parsing options|Conversion failed)/

/** ffmpeg's last lines, without memory addresses, boilerplate, repetitions, and lines with a part of a password. */
function lastErrors(errors: readonly string[], source: VideoSource): string {
  const url = 'url' in source ? source.url : undefined
  const secrets = url === undefined ? new Set<string>() : secretWords(url)
  // An address that is read from a list: ffmpeg then calls the list invalid.
  const isList = errors.some((line) => line.includes('Impossible to open'))
  const lines = errors
    .map((line) => line.replaceAll(/\[[^\]]* @ 0x[0-9a-f]+\] /g, ''))
    .map((line) => (url === undefined ? line : line.replaceAll(url, maskAddress(url))))
    .filter((line) => !boilerplate.test(line) && !(isList && line.startsWith('Error opening input')))
    .filter((line) => line.split(/[^\p{L}\p{N}]+/u).every((word) => !secrets.has(word)))
  return [...new Set(lines)].slice(-5).join('\n')
}
