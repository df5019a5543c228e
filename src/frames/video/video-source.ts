import { stat } from 'node:fs/promises'
import { pathOfFileUrl } from '../../scenario/schema/video.js'
import { encodePassword, maskAddress } from '../../system/mask-address.js'
import { fillReferences, revealAddress } from '../../system/secret-address.js'
import { messageOf, systemErrorCode, UserError } from '../../system/user-error.js'

/** What `--input` or `video.source` names. An address holds the real user and password. */
export type VideoSource =
  | { kind: 'file'; path: string }
  /** A download, which may have an end or not. */
  | { kind: 'download'; scheme: string; url: string }
  /** A camera or another sender that sends at its own pace and has no end. */
  | { kind: 'live'; scheme: string; url: string }
  /** `format` and `name` for ffmpeg's input device. */
  | { kind: 'device'; format: 'v4l2' | 'avfoundation'; name: string }
  | { kind: 'testsrc' }

const downloads = ['http', 'https', 'ftp', 'sftp']
const live = 'rtsp rtsps rtmp rtmps rtmpt rtmpts rtmpe rtmpte udp rtp srt tcp rist'.split(' ')
/** Of all addresses that can be a source. */
export const schemes = [...downloads, ...live]

/**
 * A number is a capture device, as in OpenCV, and so is `/dev/video…`; `testsrc` is ffmpeg's test pattern; ffmpeg opens
 * addresses. Everything else is a file name.
 * @throws UserError for a device number on a system where Framestorm cannot open capture devices, a scheme that is not
 *   known, or an environment variable in an address that is not set
 */
export function classifySource(written: string, platform: NodeJS.Platform = process.platform): VideoSource {
  const source = pathOfFileUrl(encodePassword(fillReferences(revealAddress(written))))
  if (source === 'testsrc') return { kind: 'testsrc' }
  if (/^\d+$/.test(source)) return numberedDevice(source, platform)
  if (/^\/dev\/video\d+$/.test(source)) return { kind: 'device', format: 'v4l2', name: source }
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(source)?.[1]?.toLowerCase()
  if (scheme === undefined) return { kind: 'file', path: source }
  if (live.includes(scheme)) return { kind: 'live', scheme, url: source }
  if (downloads.includes(scheme)) return { kind: 'download', scheme, url: source }
  throw new UserError(`${scheme}:// cannot be used as a video source`, {
    where: `video source ${maskAddress(written)}`,
    expected: `a file, a capture device, or an address with ${schemes.join(', ')}`,
    received: scheme === 'file' ? 'a file:// address that is not a path of this machine' : `${scheme}://`,
    remedy:
      scheme === 'file'
        ? 'Write the path of the file.'
        : 'Publish the video by one of these protocols, for example as rtsp://, or use a file.',
  })
}

/** True if the source never ends by itself; undefined for a download, which has to be asked (`isLive`). */
export function isEndless(source: VideoSource): boolean | undefined {
  if (source.kind === 'download') return undefined
  return source.kind !== 'file'
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
