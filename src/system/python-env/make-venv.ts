import { mkdir, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { runGuarded } from '../processes/spawn-guarded.js'
import { ExitCode, UserError, messageOf } from '../user-error.js'
import type { PythonProbe } from './find-python.js'

/** The interpreter of a virtual environment. */
export function venvPython(folder: string): string {
  return process.platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python')
}

/**
 * Creates a virtual environment.
 *
 * @param withPip false for an environment that finds pip in another one
 * @throws UserError (exit code 3) with the last lines of Python's output
 */
export async function makeVenv(
  python: Pick<PythonProbe, 'executable'>,
  folder: string,
  { signal, withPip = true }: { signal?: AbortSignal | undefined; withPip?: boolean } = {},
): Promise<void> {
  const args = ['-m', 'venv', ...(withPip ? [] : ['--without-pip']), folder]
  const { code, lines } = await runGuarded(python.executable, args, {
    signal,
    env: cleanEnvironment(process.env),
  })
  if (code === 0) return
  throw new UserError('the Python environment could not be created', {
    where: folder,
    received: `${python.executable} -m venv failed`,
    excerpt: lines.slice(-12).join('\n'),
    remedy:
      'Repair this Python (on Debian: apt install python3-venv), or set FRAMESTORM_PYTHON to another one.',
    exitCode: ExitCode.environment,
  })
}

/** Variables that make Python use packages from outside the environment, or make pip install outside it. */
const misleading = new Set([
  'PYTHONPATH',
  'PYTHONHOME',
  'PYTHONSTARTUP',
  'PIP_TARGET',
  'PIP_PREFIX',
  'PIP_ROOT',
])

/**
 * The environment variables for the environment's own Python and pip: the user's, with proxies and indexes, but without
 * those that make pip install elsewhere.
 *
 * @param temp folder in which pip unpacks its downloads
 */
export function cleanEnvironment(own: NodeJS.ProcessEnv, temp?: string): NodeJS.ProcessEnv {
  const kept = Object.entries(own).filter(([name]) => !misleading.has(name))
  return {
    ...Object.fromEntries(kept),
    // A `user = true` in pip's configuration fails in every virtual environment.
    PIP_USER: '0',
    PYTHONUNBUFFERED: '1',
    ...(temp !== undefined && { TMPDIR: temp }),
  }
}

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`

/**
 * Creates a folder in the cache and checks the free space on its disk.
 *
 * @throws UserError (exit code 3) if the folder cannot be made or its disk has less than `neededBytes` free
 */
export async function requireDiskSpace(folder: string, neededBytes: number): Promise<void> {
  const remedy = 'Free some space, or set FRAMESTORM_HOME to a folder on a larger disk that you may write to.'
  try {
    await mkdir(folder, { recursive: true })
  } catch (error) {
    throw new UserError('the cache folder cannot be created', {
      where: folder,
      received: messageOf(error),
      remedy,
      exitCode: ExitCode.environment,
      cause: error,
    })
  }
  const { bavail, bsize } = await statfs(folder)
  const freeBytes = bavail * bsize
  if (freeBytes >= neededBytes) return
  throw new UserError('the disk of the cache folder has too little space for the Python environment', {
    where: folder,
    expected: `${gigabytes(neededBytes)} free`,
    received: `${gigabytes(freeBytes)} free`,
    remedy,
    exitCode: ExitCode.environment,
  })
}
