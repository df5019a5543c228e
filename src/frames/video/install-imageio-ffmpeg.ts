import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { cacheFolder } from '../../system/cache-folder.js'
import { ExitCode, UserError } from '../../system/user-error.js'
import { holdLock } from '../../system/processes/hold-lock.js'
import { runGuarded } from '../../system/processes/run-guarded.js'
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

/**
 * Installs imageio-ffmpeg into the cache and returns the path of its ffmpeg. Everything happens in a temporary folder
 * that is renamed when it is complete, so that an interrupted installation is never taken for a whole one; a lock
 * lets a second process wait for the first one's result.
 */
export async function installImageioFfmpeg(options: {
  onProgress: (text: string) => void
  signal?: AbortSignal | undefined
}): Promise<string> {
  const { onProgress, signal } = options
  const cache = cacheFolder()
  const final = join(cache, folderName)
  await makeCache(cache)
  const onWait = (holder: string) => {
    onProgress(`waiting for ${holder}, which is installing ffmpeg`)
  }
  return holdLock(`${final}.lock`, { ...(signal && { signal }), onWait }, async () => {
    const binary = await binaryIn(final)
    if (binary !== undefined && (await ffmpegVersion(binary)) !== undefined) return binary
    await removeRemains(cache)
    onProgress(`installing ffmpeg (${requirement}, a download of about ${ffmpegDownloadMB} MB) into ${final}`)
    const temporary = await mkdtemp(`${final}.tmp-`)
    try {
      await rename(await installInto(temporary, signal), final)
    } finally {
      await rm(temporary, { recursive: true, force: true })
    }
    return runnableBinaryIn(final)
  })
}

/** A private Python environment, so that pip is there and nothing of the system is touched. */
async function installInto(folder: string, signal: AbortSignal | undefined): Promise<string> {
  const python = process.env['FRAMESTORM_PYTHON'] || 'python3'
  const venv = join(folder, 'venv')
  const packages = join(folder, 'packages')
  await runPython(python, ['-m', 'venv', venv], signal)
  const inVenv =
    process.platform === 'win32' ? join(venv, 'Scripts', 'python.exe') : join(venv, 'bin', 'python')
  await runPython(inVenv, ['-m', 'pip', 'install', '--no-input', '--target', packages, requirement], signal)
  return packages
}

async function runPython(python: string, args: string[], signal: AbortSignal | undefined): Promise<void> {
  const env = { ...process.env, PIP_DISABLE_PIP_VERSION_CHECK: '1' }
  let received: string
  let lines: string[] = []
  try {
    const result = await runGuarded(python, args, { env, ...(signal && { signal }) })
    if (result.code === 0) return
    received = `exit code ${result.code}`
    lines = result.lines
  } catch (error) {
    signal?.throwIfAborted()
    received =
      error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'no such program' : String(error)
  }
  throw new UserError('there is no ffmpeg, and installing one into the cache failed', {
    where: [python, ...args].join(' '),
    received,
    ...(lines.length > 0 && { excerpt: lines.slice(-8).join('\n') }),
    remedy:
      'install ffmpeg so that it is on PATH or set FFMPEG_BIN to its path; ' +
      'or set FRAMESTORM_PYTHON to a Python 3.10 or newer that has venv and can reach a package index',
    exitCode: ExitCode.environment,
  })
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

async function makeCache(cache: string): Promise<void> {
  try {
    await mkdir(cache, { recursive: true })
  } catch (error) {
    throw new UserError('the cache folder cannot be made', {
      where: cache,
      received: error instanceof Error ? error.message : String(error),
      remedy: 'set FRAMESTORM_HOME to a folder that can be written',
      exitCode: ExitCode.environment,
      cause: error,
    })
  }
}

/** What killed installations left, and a damaged one; whoever holds the lock knows that nobody is at work in them. */
async function removeRemains(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    if (name === folderName || name.startsWith(`${folderName}.tmp-`)) {
      await rm(join(cache, name), { recursive: true, force: true })
    }
  }
}
