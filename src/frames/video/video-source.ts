import { stat } from 'node:fs/promises'
import { encodePassword } from '../../system/mask-address.js'
import { fillReferences, revealAddress } from '../../system/secret-address.js'
import { messageOf, systemErrorCode, UserError } from '../../system/user-error.js'

/** What `--input` or `video.source` names. */
export type VideoSource =
  | { kind: 'file'; path: string }
  | { kind: 'http'; url: string }
  | { kind: 'rtsp'; url: string }
  /** `format` and `name` for ffmpeg's input device. */
  | { kind: 'device'; format: 'v4l2' | 'avfoundation'; name: string }
  | { kind: 'testsrc' }

/**
 * A number is a capture device, as in OpenCV, and so is `/dev/video…`; `testsrc` is ffmpeg's test pattern; ffmpeg opens
 * http(s):// and rtsp(s)://. Everything else is a file name.
 * @throws UserError for a device number on a system where Framestorm cannot open capture devices
 */
export function classifySource(written: string, platform: NodeJS.Platform = process.platform): VideoSource {
  const source = encodePassword(fillReferences(revealAddress(written)))
  if (source === 'testsrc') return { kind: 'testsrc' }
  if (/^https?:\/\//i.test(source)) return { kind: 'http', url: source }
  if (/^rtsps?:\/\//i.test(source)) return { kind: 'rtsp', url: source }
  if (/^\d+$/.test(source)) return numberedDevice(source, platform)
  if (/^\/dev\/video\d+$/.test(source)) return { kind: 'device', format: 'v4l2', name: source }
  return { kind: 'file', path: source }
}

/** True if the source never ends by itself. */
export function isEndless(source: VideoSource): boolean {
  return source.kind === 'rtsp' || source.kind === 'device' || source.kind === 'testsrc'
}

function numberedDevice(number: string, platform: NodeJS.Platform): VideoSource {
  if (platform === 'linux') return { kind: 'device', format: 'v4l2', name: `/dev/video${number}` }
  // "none": without a microphone (ffmpeg-devices, avfoundation).
  if (platform === 'darwin') return { kind: 'device', format: 'avfoundation', name: `${number}:none` }
  throw new UserError('capture devices cannot be opened by number on this system', {
    where: `video source ${number}`,
    expected: 'Linux (v4l2) or macOS (avfoundation)',
    received: platform,
    remedy: 'Use a file, or publish the camera as an rtsp:// stream and use its address.',
  })
}

/**
 * Checks that a path is a file that is not empty. ffmpeg's own messages about a missing file, a folder or an empty file
 * are less clear and differ between versions.
 * @throws UserError (usage)
 */
export async function requireVideoFile(path: string): Promise<void> {
  let problem: string | undefined
  try {
    const found = await stat(path)
    if (found.isDirectory()) problem = 'a folder'
    else if (found.isFile() && found.size === 0) problem = 'an empty file'
  } catch (error) {
    problem = systemErrorCode(error) === 'ENOENT' ? 'no such file' : messageOf(error)
  }
  if (problem === undefined) return
  throw new UserError('the video cannot be read', {
    where: path,
    expected: 'a video file',
    received: problem,
    remedy: 'Correct the path. In a scenario, video.source is relative to the scenario file.',
  })
}
