import { UserError } from '../../system/user-error.js'

/** What the word after `--input`, or `video.source`, means. */
export type VideoSource =
  | { kind: 'file'; path: string }
  | { kind: 'http'; url: string }
  | { kind: 'rtsp'; url: string }
  /** `format` and `name` as ffmpeg's input layer wants them. */
  | { kind: 'device'; format: 'v4l2' | 'avfoundation'; name: string }
  | { kind: 'testsrc' }

/**
 * A number is a capture device, as in OpenCV; `/dev/video…` too; `testsrc` is ffmpeg's test pattern; http(s)://, and
 * rtsp(s):// are opened by ffmpeg. Everything else is a file, whatever its name looks like.
 */
export function classifySource(source: string, platform: NodeJS.Platform = process.platform): VideoSource {
  if (source === 'testsrc') return { kind: 'testsrc' }
  if (/^https?:\/\//i.test(source)) return { kind: 'http', url: source }
  if (/^rtsps?:\/\//i.test(source)) return { kind: 'rtsp', url: source }
  if (/^\d+$/.test(source)) return numberedDevice(source, platform)
  if (/^\/dev\/video\d+$/.test(source)) return { kind: 'device', format: 'v4l2', name: source }
  return { kind: 'file', path: source }
}

/** True where frames come for ever, at the source's own pace or as fast as asked for. */
export function isEndless(source: VideoSource): boolean {
  return source.kind === 'rtsp' || source.kind === 'device' || source.kind === 'testsrc'
}

/** The source as it may be printed: a camera's password stays out of logs and reports. */
export function printableSource(source: string): string {
  return source.replace(/^([a-z]+:\/\/)[^/?#]*@/i, '$1')
}

function numberedDevice(number: string, platform: NodeJS.Platform): VideoSource {
  if (platform === 'linux') return { kind: 'device', format: 'v4l2', name: `/dev/video${number}` }
  // "none": no microphone with it (ffmpeg-devices, avfoundation).
  if (platform === 'darwin') return { kind: 'device', format: 'avfoundation', name: `${number}:none` }
  throw new UserError('capture devices cannot be opened by number on this system', {
    where: `video source ${number}`,
    expected: 'Linux (v4l2) or macOS (avfoundation)',
    received: platform,
    remedy: 'give a file, or publish the camera as rtsp:// and give its address',
  })
}
