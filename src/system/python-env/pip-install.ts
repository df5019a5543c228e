import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { runGuarded } from '../processes/spawn-guarded.js'
import { whileSaying, type OnProgress, type Progress } from '../progress.js'
import { ExitCode, UserError } from '../user-error.js'
import { cleanEnvironment, venvPython } from './make-venv.js'

export interface PipInstallOptions {
  /** The virtual environment whose pip runs. */
  venv: string
  /** Arguments after `pip install`. */
  args: readonly string[]
  /** An alternative for the user if pip fails, as a sentence. */
  alternative: string
  /** What is installed, for errors. Default: `the Python environment`. */
  what?: string | undefined
  /** The folder against which relative paths in a requirements file are resolved. */
  cwd?: string | undefined
  signal?: AbortSignal | undefined
  onProgress?: OnProgress | undefined
}

/**
 * Runs `pip install` inside a virtual environment.
 *
 * @throws UserError (exit code 3) with pip's last lines
 */
export async function pipInstall(options: PipInstallOptions): Promise<void> {
  const { venv, args, alternative, what, cwd, signal, onProgress } = options
  // Inside the environment: /tmp is often too small for the wheels.
  const temp = join(venv, 'tmp')
  await mkdir(temp, { recursive: true })
  const { code, lines } = await whileSaying('installing packages', { onProgress }, (say) =>
    runGuarded(
      venvPython(venv),
      ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', ...args],
      { signal, cwd, env: cleanEnvironment(process.env, temp), onLine: pipProgress(say) },
    ),
  )
  await rm(temp, { recursive: true, force: true })
  if (code !== 0) throw pipFailure(lines, { where: venv, code, alternative, what })
}

const offlineWords =
  /NewConnectionError|ConnectTimeoutError|ReadTimeoutError|ConnectionResetError|ProxyError|SSLError|name resolution|Network is unreachable|Connection refused|Max retries exceeded/i
const fullWords = /No space left on device|Errno 28|Disk quota exceeded/i

function adviceFor(
  output: string,
  { alternative, what = 'the Python environment' }: PipRun,
): { message: string; remedy: string } {
  if (fullWords.test(output)) {
    return {
      message: `the disk is full: ${what} could not be installed`,
      remedy:
        'Free some space, or set FRAMESTORM_HOME to a folder on a larger disk, and run the command again.',
    }
  }
  if (offlineWords.test(output)) {
    return {
      message: 'pip could not reach its package index',
      remedy:
        'Check the network (pip reads HTTPS_PROXY, PIP_INDEX_URL and PIP_FIND_LINKS) and run the command again. ' +
        `The installation continues where it stopped. ${alternative}`,
    }
  }
  const another =
    what === 'the Python environment'
      ? 'To use another Python, set FRAMESTORM_PYTHON.'
      : 'Correct the file if they name one of its lines.'
  return {
    message: `pip could not install ${what}`,
    remedy: `Read the messages of pip above, then run the command again. ${another} ${alternative}`,
  }
}

interface PipRun {
  where: string
  code: number | null
  alternative: string
  what?: string | undefined
}

/** The error for a failed pip, derived from its output. pip's last lines are kept. */
export function pipFailure(lines: readonly string[], run: PipRun): UserError {
  const { where, code } = run
  const output = lines.filter((line) => line.trim() !== '' && !line.startsWith('Progress '))
  const { message, remedy } = adviceFor(output.join('\n'), run)
  const excerpt = output.slice(-12).map((line) => `  pip: ${line}`)
  return new UserError(message, {
    where,
    received: code === null ? 'pip was killed by a signal' : `exit code ${code}`,
    excerpt: excerpt.join('\n'),
    remedy,
    exitCode: ExitCode.environment,
  })
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`

/**
 * Converts pip's output into progress, line by line. The completed share is known if pip reports bytes (24.1 and
 * later), otherwise only the current package.
 */
export function pipProgress(onProgress: (progress: Progress) => void): (line: string) => void {
  let current = 'packages'
  return (line) => {
    const bytes = /^Progress (\d+) of (\d+)/.exec(line)
    if (bytes !== null) {
      const [done, total] = [Number(bytes[1]), Number(bytes[2])]
      const known = total > 0
      onProgress({
        text: `downloading ${current} (${megabytes(done)}${known ? ` of ${megabytes(total)}` : ''})`,
        fraction: known ? done / total : undefined,
      })
      return
    }
    const download = /^\s*Downloading (\S+)(?: \((.*)\))?/.exec(line)
    if (download !== null) {
      current = decodeURIComponent(download[1]!.split('/').at(-1)!).split('-').slice(0, 2).join(' ')
      onProgress({ text: `downloading ${current}${download[2] === undefined ? '' : ` (${download[2]})`}` })
      return
    }
    const collect = /^(?:Collecting|Processing) (\S+)/.exec(line)
    if (collect !== null) onProgress({ text: `looking up ${collect[1]!.split('/').at(-1)!}` })
    if (line.startsWith('Installing collected packages')) onProgress({ text: 'unpacking packages' })
  }
}
