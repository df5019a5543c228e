import { ExitCode, UserError } from '../../system/user-error.js'
import type { FfmpegVersion } from './ffmpeg-version.js'
import { ffmpegVersion } from './ffmpeg-version.js'
import { imageioFfmpegBinary } from './install-imageio-ffmpeg.js'
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { delimiter, join } from 'node:path'

export interface Ffmpeg {
  path: string
  version: FfmpegVersion
  origin: 'FFMPEG_BIN' | 'ffmpeg-static' | 'PATH' | 'imageio-ffmpeg'
}

/**
 * The ffmpeg that is there already, in this order: FFMPEG_BIN, the ffmpeg-static package, PATH, imageio-ffmpeg in the
 * cache. A binary that does not run is passed over, but for FFMPEG_BIN: what the user names is taken or refused.
 */
export async function resolveFfmpeg(): Promise<Ffmpeg | undefined> {
  const named = process.env['FFMPEG_BIN']
  if (named !== undefined && named !== '') return namedFfmpeg(named)
  const places = [
    ['ffmpeg-static', ffmpegStaticBinary],
    ['PATH', () => findOnPath('ffmpeg')],
    ['imageio-ffmpeg', imageioFfmpegBinary],
  ] as const
  for (const [origin, find] of places) {
    const path = await find()
    const version = path === undefined ? undefined : await ffmpegVersion(path)
    if (path !== undefined && version !== undefined) return { path, version, origin }
  }
  return undefined
}

async function namedFfmpeg(path: string): Promise<Ffmpeg> {
  const version = await ffmpegVersion(path)
  if (version !== undefined) return { path, version, origin: 'FFMPEG_BIN' }
  throw new UserError('the ffmpeg that FFMPEG_BIN names cannot be run', {
    where: 'environment variable FFMPEG_BIN',
    expected: 'the path of an ffmpeg program',
    received: path,
    remedy: 'correct it, or unset FFMPEG_BIN so that Framestorm finds or installs one',
    exitCode: ExitCode.environment,
  })
}

// Typed as any string, because the compiler must not look for a package that may be absent.
const optionalPackage: string = 'ffmpeg-static'

/** An optional dependency that downloads its binary when it is installed: the package or the file may be absent. */
async function ffmpegStaticBinary(): Promise<string | undefined> {
  try {
    const imported: { default?: unknown } = await import(optionalPackage)
    return typeof imported.default === 'string' ? imported.default : undefined
  } catch {
    return undefined
  }
}

/** The file that the shell would start for this name, or undefined. */
async function findOnPath(
  name: string,
  path: string = process.env['PATH'] ?? '',
): Promise<string | undefined> {
  const fileName = process.platform === 'win32' ? `${name}.exe` : name
  for (const folder of path.split(delimiter)) {
    if (folder === '') continue
    const file = join(folder, fileName)
    if (await isExecutable(file)) return file
  }
  return undefined
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
