import type { VideoSettings } from '../../scenario/plan/plan.js'
import { maskAddress } from '../../system/mask-address.js'
import { type FfmpegVersion, isAtLeast } from './ffmpeg-version.js'
import { frameFilters } from './frame-filters.js'
import { schemes, type VideoSource } from './video-source.js'

export interface ReadOptions extends Omit<VideoSettings, 'source'> {
  source: VideoSource
  /** `clip`: as fast as possible, and damage counts; `live`: at the video's own pace, and damage is ignored. */
  pace: 'clip' | 'live'
  /** True for a source that sends at its own pace. */
  isLive: boolean
}

const networkTimeoutUs = 10_000_000

export interface FfmpegCommand {
  args: string[]
  /** What ffmpeg reads from stdin, if anything. */
  stdin?: string | undefined
}

/** The command line: one source as input, mpjpeg (each JPEG after its length) on stdout. Never passed to a shell. */
export function ffmpegCommand(options: ReadOptions, version: FfmpegVersion): FfmpegCommand {
  const { frames, pace, stream = 1, damage = 'refuse', quality } = options
  const level = pace === 'clip' ? 'level+verbose' : 'level+info'
  const args = ['-hide_banner', '-nostdin', '-nostats', '-loglevel', level]
  // Without `explode`, whether concealed damage counts as an error depends on the decoder's threads.
  if (pace === 'clip') args.push(...(damage === 'refuse' ? ['-xerror'] : []), '-err_detect', 'explode')
  const input = inputOf(options, version)
  args.push(...input.args)
  // V: the real video streams, without the cover picture of an audio file.
  args.push('-map', `0:V:${stream - 1}`, '-an', '-sn', '-dn')
  // Not -re, which paces packets instead of frames and starts with a burst. A camera has its own pace.
  const isPaced = pace === 'live' && !options.isLive
  args.push('-vf', isPaced ? `${frameFilters(options)},realtime` : frameFilters(options))
  args.push(...jpegArguments(quality, version))
  if (frames !== undefined) args.push('-frames:v', String(frames))
  // Write each JPEG when it is encoded, not when an output buffer is full.
  args.push('-flush_packets', '1', '-f', 'mpjpeg', 'pipe:1')
  return { args, stdin: input.stdin }
}

function inputOf(options: ReadOptions, version: FfmpegVersion): FfmpegCommand {
  const { source, width = 640, height = 480, isLive, input = {} } = options
  const written = Object.entries(input).map(([name, value]): Option => [name, String(value)])
  const unbuffered: Option[] = isLive ? [['fflags', 'nobuffer']] : []
  if (source.kind === 'device')
    return { args: [...flags([...unbuffered, ['f', source.format], ...written]), '-i', source.name] }
  if (source.kind === 'testsrc')
    return { args: ['-f', 'lavfi', '-i', `testsrc2=size=${width}x${height}:rate=25`] }
  // With the prefix, a name with a leading dash or a colon is not read as an option or a protocol.
  if (source.kind === 'file') return { args: [...flags(written), '-i', `file:${source.path}`] }
  const all = [...unbuffered, ...networkOptions(source.scheme, options, version), ...written]
  // Since 5.0 a list of files can hold the options of a file.
  const isSecret = maskAddress(source.url) !== source.url && !/[\r\n]/.test(source.url)
  if (isSecret && isAtLeast(version, 5, 0)) return listOnStdin(source.url, all)
  return { args: [...flags(all), '-i', source.url] }
}

type Option = [name: string, value: string]

function flags(options: readonly Option[]): string[] {
  return options.flatMap(([name, value]) => [`-${name}`, value])
}

/** Options that ffmpeg itself reads, and not the demuxer or the protocol. */
const ownOptions = new Set(
  'flags hwaccel hwaccel_device r skip_frame ss sseof stream_loop t thread_queue_size threads'.split(' '),
)

/** What a list may open: the addresses that are known, and what they are built on. No files. */
const allowedProtocols = [...schemes, 'pipe', 'tls', 'httpproxy', 'crypto', 'udplite', 'srtp'].join(',')

/**
 * An address with a password as a list of one file on stdin (ffmpeg-formats, concat), because every user of the machine
 * can read the arguments of a process.
 */
function listOnStdin(url: string, options: readonly Option[]): FfmpegCommand {
  const own = options.filter(([name]) => ownOptions.has(name))
  const ofFile = options.filter(([name]) => !ownOptions.has(name))
  const lines = [
    'ffconcat version 1.0',
    `file '${url.replaceAll("'", String.raw`'\''`)}'`,
    ...ofFile.map(([name, value]) => `option ${name} '${value}'`),
  ]
  const list = ['-protocol_whitelist', allowedProtocols, '-f', 'concat', '-safe', '0', '-i', 'pipe:0']
  return { args: [...flags(own), ...list], stdin: `${lines.join('\n')}\n` }
}

function networkOptions(
  scheme: string,
  { transport = 'tcp' }: Pick<ReadOptions, 'transport'>,
  version: FfmpegVersion,
): Option[] {
  const limit = String(networkTimeoutUs)
  if (scheme.startsWith('rtsp')) {
    // ffmpeg 5.0 renamed -stimeout; in earlier versions -timeout makes ffmpeg wait for a publisher.
    const timeout = isAtLeast(version, 5, 0) ? 'timeout' : 'stimeout'
    // TCP by default: over UDP a lost packet damages a frame.
    return [
      ['rtsp_transport', transport],
      [timeout, limit],
    ]
  }
  // These wait for a sender; their own timeout is in µs.
  return [[scheme === 'udp' || scheme === 'rtp' ? 'timeout' : 'rw_timeout', limit]]
}

/** Options that make one ffmpeg version write the same JPEGs on every machine: no version in the header, no change of frame rate. */
function jpegArguments(quality: number, version: FfmpegVersion): string[] {
  const args = ['-color_range', 'pc', '-c:v', 'mjpeg', '-q:v', String(quality)]
  // By default ffmpeg repeats and drops frames to make mpjpeg's rate constant.
  args.push(isAtLeast(version, 5, 1) ? '-fps_mode' : '-vsync', 'passthrough')
  // A plain `bitexact` would clear the flag that -q:v sets in ffmpeg 4.
  args.push('-flags', '+bitexact', '-fflags', '+bitexact')
  return args
}
