import { mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { cacheFolder } from '../../system/cache-folder.js'
import { makeOnce } from '../../system/processes/hold-lock.js'
import { findPython, type PythonNeed } from '../../system/python-env/find-python.js'
import { makeVenv, requireDiskSpace } from '../../system/python-env/make-venv.js'
import { pipInstall } from '../../system/python-env/pip-install.js'
import { ExitCode, UserError } from '../../system/user-error.js'
import { ffmpegVersion } from './ffmpeg-version.js'

/** A wheel that carries a static ffmpeg for Linux, macOS and Windows; needs Python 3.10 or newer. */
const requirement = 'imageio-ffmpeg==0.8.1'
/** Size of the wheel, shown during the download and by `doctor`. */
export const ffmpegDownloadMB = 70
const folderName = requirement.replace('==', '-')

/** The ffmpeg that an earlier installation left in the cache; not checked whether it runs. */
export async function imageioFfmpegBinary(): Promise<string | undefined> {
  return binaryIn(join(cacheFolder(), folderName))
}

const pythonNeed: PythonNeed = {
  versions: '>=3.10',
  wanted: 'Python 3.10 or later',
  purpose: 'the installer of ffmpeg (pip)',
  alternative: 'Or install ffmpeg so that it is on PATH, or set FFMPEG_BIN to its path.',
}

/** Disk space for the wheel, its contents (about 80 MB), and the environment whose pip installs it. */
const neededBytes = 0.4e9

/**
 * Installs imageio-ffmpeg into the cache and returns the path of its ffmpeg. It installs into a temporary folder and
 * renames that folder at the end, so an interrupted installation never looks complete. If several processes need
 * ffmpeg, one installs it and the others wait.
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
  const folder = join(cacheFolder(), folderName)
  return makeOnce(folder, {
    signal,
    onWait: (holder) => onProgress(`waiting for ${holder}, which is installing ffmpeg`),
    async find() {
      const binary = await binaryIn(folder)
      return binary !== undefined && (await ffmpegVersion(binary)) !== undefined ? binary : undefined
    },
    make: () => install(folder, onProgress, signal),
  })
}

async function install(
  folder: string,
  onProgress: (text: string) => void,
  signal: AbortSignal | undefined,
): Promise<string> {
  await requireDiskSpace(cacheFolder(), neededBytes)
  await removeRemains(cacheFolder())
  const python = await findPython(pythonNeed, signal)
  onProgress(`installing ffmpeg (${requirement}, a download of about ${ffmpegDownloadMB} MB) into ${folder}`)
  const temporary = await mkdtemp(`${folder}.tmp-`)
  try {
    const [venv, packages] = [join(temporary, 'venv'), join(temporary, 'packages')]
    await makeVenv(python, venv, { signal })
    await pipInstall({
      venv,
      args: ['--target', packages, requirement],
      alternative: pythonNeed.alternative,
      signal,
      onProgress: ({ text }) => onProgress(text),
    })
    await rename(packages, folder)
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
  return runnableBinaryIn(folder)
}

async function runnableBinaryIn(folder: string): Promise<string> {
  const binary = await binaryIn(folder)
  if (binary !== undefined && (await ffmpegVersion(binary)) !== undefined) return binary
  throw new UserError('the ffmpeg of imageio-ffmpeg does not run on this machine', {
    where: binary ?? folder,
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

/**
 * Removes what killed installations left behind, and a damaged one. The caller holds the lock, so no other process uses
 * these folders.
 */
async function removeRemains(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    if (name === folderName || name.startsWith(`${folderName}.tmp-`)) {
      await rm(join(cache, name), { recursive: true, force: true })
    }
  }
}
