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
/** Size of the wheel; the download says it, and `doctor` too. */
export const ffmpegDownloadMB = 70
const folderName = requirement.replace('==', '-')

/** Its ffmpeg in the cache, where it was installed before; not yet tried whether it runs. */
export async function imageioFfmpegBinary(): Promise<string | undefined> {
  return binaryIn(join(cacheFolder(), folderName))
}

const pythonNeed: PythonNeed = {
  versions: '>=3.10',
  wanted: 'Python 3.10 or later',
  purpose: 'pip, which installs ffmpeg',
  alternative: 'Or install ffmpeg so that it is on PATH, or set FFMPEG_BIN to its path.',
}

/** The wheel, what is in it (about 80 MB), and the environment whose pip installs it. */
const neededBytes = 0.4e9

/**
 * Installs imageio-ffmpeg into the cache and returns the path of its ffmpeg. Everything happens in a temporary folder
 * that is renamed when it is complete, so that an interrupted installation is never taken for a whole one. Of several
 * processes one installs and the others wait.
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
    await makeVenv(python, venv, signal)
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
    remedy: 'install ffmpeg yourself and set FFMPEG_BIN to its path',
    exitCode: ExitCode.environment,
  })
}

async function binaryIn(folder: string): Promise<string | undefined> {
  const binaries = join(folder, 'imageio_ffmpeg', 'binaries')
  const names = await readdir(binaries).catch(() => [])
  const name = names.find((name) => name.startsWith('ffmpeg-'))
  return name === undefined ? undefined : join(binaries, name)
}

/** What killed installations left, and a damaged one; the holder of the lock is the only one that uses them. */
async function removeRemains(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    if (name === folderName || name.startsWith(`${folderName}.tmp-`)) {
      await rm(join(cache, name), { recursive: true, force: true })
    }
  }
}
