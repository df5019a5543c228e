import { type FfmpegVersion, isAtLeast } from './ffmpeg-version.js'
import type { VideoSource } from './video-source.js'

export interface ReadOptions {
  source: VideoSource
  width: number
  height: number
  /** ffmpeg's -q:v for MJPEG: 2 (best) to 31. */
  quality: number
  /** Stop after this many frames. */
  frames?: number | undefined
  /** `clip`: as fast as possible, and damage is an error; `live`: at the video's own pace, and damage is ignored. */
  pace: 'clip' | 'live'
}

const networkTimeoutUs = 10_000_000

/** The command line: one source as input, mpjpeg (each JPEG after its length) on stdout. Never passed to a shell. */
export function ffmpegArguments(options: ReadOptions, version: FfmpegVersion): string[] {
  const { frames, pace } = options
  const args = ['-hide_banner', '-nostdin', '-loglevel', 'error']
  // Without `explode`, whether concealed damage counts as an error depends on the decoder's threads.
  if (pace === 'clip') args.push('-xerror', '-err_detect', 'explode')
  args.push(...inputArguments(options, version))
  // V: the first real video stream, not the cover picture of an audio file.
  args.push('-map', '0:V:0', '-an', '-sn', '-dn')
  args.push(...jpegArguments(options, version))
  if (frames !== undefined) args.push('-frames:v', String(frames))
  // Write each JPEG when it is encoded, not when an output buffer is full.
  args.push('-flush_packets', '1', '-f', 'mpjpeg', 'pipe:1')
  return args
}

function inputArguments({ source, width, height }: ReadOptions, version: FfmpegVersion): string[] {
  if (source.kind === 'device') return ['-fflags', 'nobuffer', '-f', source.format, '-i', source.name]
  if (source.kind === 'rtsp') {
    // ffmpeg 5.0 renamed -stimeout; in earlier versions -timeout makes ffmpeg wait for a publisher.
    const timeout = isAtLeast(version, 5, 0) ? '-timeout' : '-stimeout'
    // TCP: over UDP a lost packet damages a frame.
    const transport = ['-fflags', 'nobuffer', '-rtsp_transport', 'tcp']
    return [...transport, timeout, String(networkTimeoutUs), '-i', source.url]
  }
  if (source.kind === 'http') return ['-rw_timeout', String(networkTimeoutUs), '-i', source.url]
  if (source.kind === 'testsrc') return ['-f', 'lavfi', '-i', `testsrc2=size=${width}x${height}:rate=25`]
  // With the prefix, a name with a leading dash or a colon is not read as an option or a protocol.
  return ['-i', `file:${source.path}`]
}

/**
 * Options that make one ffmpeg version write the same JPEGs on every machine: bit-exact scaling, no version in the
 * header, no change of frame rate.
 */
function jpegArguments(
  { source, pace, width, height, quality }: ReadOptions,
  version: FfmpegVersion,
): string[] {
  const scale = `scale=${width}:${height}:flags=bicubic+accurate_rnd+bitexact:out_range=pc,format=yuv420p`
  // Not -re, which paces packets instead of frames and starts with a burst. A camera has its own pace.
  const paced = pace === 'live' && source.kind !== 'rtsp' && source.kind !== 'device'
  const filters = paced ? `${scale},realtime` : scale
  const args = ['-vf', filters, '-color_range', 'pc', '-c:v', 'mjpeg', '-q:v', String(quality)]
  // By default ffmpeg repeats and drops frames to make mpjpeg's rate constant.
  args.push(isAtLeast(version, 5, 1) ? '-fps_mode' : '-vsync', 'passthrough')
  // A plain `bitexact` would clear the flag that -q:v sets in ffmpeg 4.
  args.push('-flags', '+bitexact', '-fflags', '+bitexact')
  return args
}
