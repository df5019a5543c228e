import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

import { execa } from 'execa'

import { cacheFolder } from '../cache/cache-folder.js'
import { ExitCode } from '../errors/exit-code.js'
import { UserError } from '../errors/user-error.js'
import { ffmpegVersion } from './ffmpeg-version.js'

/** A wheel that carries a static ffmpeg for Linux, macOS and Windows; needs Python 3.10 or newer. */
const requirement = 'imageio-ffmpeg==0.8.1'
const folderName = requirement.replace('==', '-')
const abandonedAfterMs = 60 * 60 * 1000

/** Its ffmpeg in the cache, where it was installed before; not yet tried whether it runs. */
export async function imageioFfmpegBinary(): Promise<string | undefined> {
  return binaryIn(join(cacheFolder(), folderName))
}

/**
 * Installs imageio-ffmpeg into the cache and returns the path of its ffmpeg. Everything happens in a temporary folder
 * that is renamed when it is complete: an interrupted installation is never taken for a whole one, and of two
 * processes that install at the same time one wins and both use the winner's.
 */
export async function installImageioFfmpeg(options: {
  onProgress: (text: string) => void
  signal?: AbortSignal | undefined
}): Promise<string> {
  const { onProgress, signal } = options
  const cache = cacheFolder()
  const final = join(cache, folderName)
  await makeCache(cache)
  await removeAbandoned(cache)
  const temporary = await mkdtemp(join(cache, `${folderName}.tmp-`))
  try {
    const python = process.env['FRAMESTORM_PYTHON'] || 'python3'
    const packages = join(temporary, 'packages')
    onProgress(`installing ffmpeg (${requirement}, about 80 MB) into ${final}`)
    await runPython(python, ['-m', 'venv', join(temporary, 'venv')], signal)
    const venvPython = join(
      temporary,
      'venv',
      ...(process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python']),
    )
    await runPython(
      venvPython,
      ['-m', 'pip', 'install', '--no-input', '--target', packages, requirement],
      signal,
    )
    return await putInPlace(packages, final)
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

/** Renames the complete folder to its final name, unless another process has put a working one there meanwhile. */
async function putInPlace(packages: string, final: string): Promise<string> {
  for (;;) {
    try {
      await rename(packages, final)
    } catch (error) {
      if (!isOccupied(error)) throw error
    }
    const binary = await binaryIn(final)
    if (binary !== undefined && (await ffmpegVersion(binary)) !== undefined) return binary
    if (!(await exists(packages))) throw unusable(binary ?? final)
    // What lies there is damaged: set it aside under a name of its own, so that nobody meets it half deleted.
    const aside = await mkdtemp(`${final}.tmp-`)
    await rename(final, join(aside, 'damaged')).catch(() => undefined)
    await rm(aside, { recursive: true, force: true })
  }
}

function unusable(path: string): UserError {
  return new UserError('the ffmpeg of imageio-ffmpeg does not run on this machine', {
    where: path,
    remedy: 'install ffmpeg yourself and set FFMPEG_BIN to its path',
    exitCode: ExitCode.environment,
  })
}

async function runPython(python: string, args: string[], signal: AbortSignal | undefined): Promise<void> {
  const result = await execa(python, args, {
    reject: false,
    stdin: 'ignore',
    all: true,
    env: { PIP_DISABLE_PIP_VERSION_CHECK: '1' },
    ...(signal && { cancelSignal: signal }),
    forceKillAfterDelay: 2000,
  })
  signal?.throwIfAborted()
  if (!result.failed) return
  throw new UserError('there is no ffmpeg, and installing one into the cache failed', {
    where: [python, ...args].join(' '),
    received: result.code === 'ENOENT' ? 'no such program' : `exit code ${result.exitCode ?? result.signal}`,
    excerpt: result.all.trim().split('\n').slice(-8).join('\n'),
    remedy:
      'install ffmpeg so that it is on PATH or set FFMPEG_BIN to its path; ' +
      'or set FRAMESTORM_PYTHON to a Python 3.10 or newer that has venv and can reach a package index',
    exitCode: ExitCode.environment,
    cause: result,
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

/** Temporary folders of installations that were killed; an hour is longer than any installation takes. */
async function removeAbandoned(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    if (!name.startsWith(`${folderName}.tmp-`)) continue
    const folder = join(cache, name)
    const made = await stat(folder).catch(() => undefined)
    if (made !== undefined && Date.now() - made.mtimeMs > abandonedAfterMs) {
      await rm(folder, { recursive: true, force: true })
    }
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined
}

function isOccupied(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'EPERM'
}
