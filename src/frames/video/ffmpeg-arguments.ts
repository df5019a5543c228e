import type { VideoSettings } from '../../scenario/plan/plan.js'
import { type FfmpegVersion, isAtLeast } from './ffmpeg-version.js'
import { frameFilters } from './frame-filters.js'
import type { VideoSource } from './video-source.js'

export interface ReadOptions extends Omit<VideoSettings, 'source'> {
  source: VideoSource
  /** `clip`: as fast as possible, and damage counts; `live`: at the video's own pace, and damage is ignored. */
  pace: 'clip' | 'live'
  /** True for a source that sends at its own pace. */
  isLive: boolean
}

const networkTimeoutUs = 10_000_000

/** The command line: one source as input, mpjpeg (each JPEG after its length) on stdout. Never passed to a shell. */
export function ffmpegArguments(options: ReadOptions, version: FfmpegVersion): string[] {
  const { frames, pace, stream = 1, damage = 'refuse', quality } = options
  const args = [
    '-hide_banner',
    '-nostdin',
    '-nostats',
    '-loglevel',
    pace === 'clip' ? 'level+verbose' : 'level+info',
  ]
  // Without `explode`, whether concealed damage counts as an error depends on the decoder's threads.
  if (pace === 'clip') args.push(...(damage === 'refuse' ? ['-xerror'] : []), '-err_detect', 'explode')
  args.push(...inputArguments(options, version))
  // V: the real video streams, without the cover picture of an audio file.
  args.push('-map', `0:V:${stream - 1}`, '-an', '-sn', '-dn')
  // Not -re, which paces packets instead of frames and starts with a burst. A camera has its own pace.
  const isPaced = pace === 'live' && !options.isLive
  args.push('-vf', isPaced ? `${frameFilters(options)},realtime` : frameFilters(options))
  args.push(...jpegArguments(quality, version))
  if (frames !== undefined) args.push('-frames:v', String(frames))
  // Write each JPEG when it is encoded, not when an output buffer is full.
  args.push('-flush_packets', '1', '-f', 'mpjpeg', 'pipe:1')
  return args
}

function inputArguments(options: ReadOptions, version: FfmpegVersion): string[] {
  const { source, width = 640, height = 480, isLive, input = {} } = options
  const written = Object.entries(input).flatMap(([name, value]) => [`-${name}`, String(value)])
  const unbuffered = isLive ? ['-fflags', 'nobuffer'] : []
  if (source.kind === 'device') return [...unbuffered, '-f', source.format, ...written, '-i', source.name]
  if (source.kind === 'testsrc') return ['-f', 'lavfi', '-i', `testsrc2=size=${width}x${height}:rate=25`]
  // With the prefix, a name with a leading dash or a colon is not read as an option or a protocol.
  if (source.kind === 'file') return [...written, '-i', `file:${source.path}`]
  return [...unbuffered, ...networkArguments(source.scheme, options, version), ...written, '-i', source.url]
}

function networkArguments(
  scheme: string,
  { transport = 'tcp' }: Pick<ReadOptions, 'transport'>,
  version: FfmpegVersion,
): string[] {
  const limit = String(networkTimeoutUs)
  if (scheme.startsWith('rtsp')) {
    // ffmpeg 5.0 renamed -stimeout; in earlier versions -timeout makes ffmpeg wait for a publisher.
    const timeout = isAtLeast(version, 5, 0) ? '-timeout' : '-stimeout'
    // TCP by default: over UDP a lost packet damages a frame.
    return ['-rtsp_transport', transport, timeout, limit]
  }
  // These wait for a sender; -timeout of udp and rtp is in µs.
  if (scheme === 'udp' || scheme === 'rtp') return ['-timeout', limit]
  return ['-rw_timeout', limit]
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
