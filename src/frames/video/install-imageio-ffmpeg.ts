import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import {
  installPackage,
  packageFolder,
  type ProgramPackage,
} from '../../system/python-env/install-package.js'
import { ExitCode, UserError } from '../../system/user-error.js'
import { ffmpegVersion } from './ffmpeg-version.js'

/** Size of the wheel, shown during the download and by `doctor`. */
export const ffmpegDownloadMB = 70

/** A wheel that carries a static ffmpeg for Linux, macOS and Windows; needs Python 3.10 or newer. */
const imageioFfmpeg: ProgramPackage = {
  requirement: 'imageio-ffmpeg==0.8.1',
  program: 'ffmpeg',
  downloadMB: ffmpegDownloadMB,
  // The wheel, its contents (about 80 MB), and the environment whose pip installs it.
  neededBytes: 0.4e9,
  python: {
    versions: '>=3.10',
    wanted: 'Python 3.10 or later',
    purpose: 'the installer of ffmpeg (pip)',
    alternative: 'Or install ffmpeg so that it is on PATH, or set FFMPEG_BIN to its path.',
  },
}

/** The ffmpeg that an earlier installation left in the cache; not checked whether it runs. */
export async function imageioFfmpegBinary(): Promise<string | undefined> {
  return binaryIn(packageFolder(imageioFfmpeg))
}

/**
 * Installs imageio-ffmpeg into the cache and returns the path of its ffmpeg.
 *
 * @throws UserError (exit code 3): no usable Python, pip failed, too little disk space
 */
export async function installImageioFfmpeg({
  onProgress,
  signal,
}: {
  onProgress: (text: string) => void
  signal?: AbortSignal | undefined
}): Promise<string> {
  const binary = await installPackage(imageioFfmpeg, {
    onProgress,
    signal,
    async find(folder) {
      const found = await binaryIn(folder)
      return found !== undefined && (await ffmpegVersion(found)) !== undefined ? found : undefined
    },
  })
  if (binary !== undefined) return binary
  throw new UserError('the ffmpeg of imageio-ffmpeg does not run on this machine', {
    where: (await imageioFfmpegBinary()) ?? packageFolder(imageioFfmpeg),
    remedy: 'Install ffmpeg yourself and set FFMPEG_BIN to its path.',
    exitCode: ExitCode.environment,
  })
}

async function binaryIn(folder: string): Promise<string | undefined> {
  const binaries = join(folder, 'imageio_ffmpeg', 'binaries')
  const names = await readdir(binaries).catch(() => [])
  const name = names.find((name) => name.startsWith('ffmpeg-'))
  return name === undefined ? undefined : join(binaries, name)
}
