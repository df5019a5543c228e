import { execa } from 'execa'

import { holdLock } from '../../../system/processes/hold-lock.js'
import {
  environmentFolder,
  environmentPython,
  readStamp,
  type EnvironmentStamp,
} from './environment-folder.js'
import { ensureJava } from './ensure-java.js'
import type { Java } from './find-java.js'
import { findPython } from './find-python.js'
import { installEnvironment, type InstallOptions } from './install-environment.js'
import { requireManagedPlatform } from './managed-platform.js'

/** A private Python with the pinned packages. */
export interface PythonEnvironment extends EnvironmentStamp {
  folder: string
  /** Its interpreter. */
  python: string
}

/** Everything that runs a TorchServe. */
export interface TorchServeEnvironment extends PythonEnvironment {
  java: Java
}

/** A finished installation whose interpreter still starts: the base Python may have been removed since. */
export async function readWorkingStamp(
  folder: string,
  signal?: AbortSignal,
): Promise<EnvironmentStamp | undefined> {
  const stamp = await readStamp(folder)
  if (stamp === undefined) return undefined
  const result = await execa(environmentPython(folder), ['-c', ''], { reject: false, cancelSignal: signal })
  signal?.throwIfAborted()
  return result.failed ? undefined : stamp
}

/**
 * The Python side, installed on first use (a minute or more, with progress), found in an instant afterwards. Of
 * several processes one installs and the others wait.
 *
 * @throws UserError with exit code 3: no usable Python, pip failed, no room
 */
export async function ensurePythonEnvironment(options: InstallOptions = {}): Promise<PythonEnvironment> {
  const { signal, onProgress } = options
  requireManagedPlatform(process.platform)
  const python = await findPython(signal)
  const folder = environmentFolder(python)
  const onWait = (holder: string) =>
    onProgress?.({ text: `waiting for ${holder}, which is installing TorchServe into ${folder}` })

  const stamp =
    (await readWorkingStamp(folder, signal)) ??
    (await holdLock(`${folder}.lock`, { signal, onWait }, async () => {
      // Whoever held the lock before us may have finished it.
      return (await readWorkingStamp(folder, signal)) ?? (await installEnvironment(python, folder, options))
    }))
  return { ...stamp, folder, python: environmentPython(folder) }
}

/**
 * The same with a Java: the system's, or one installed beside the Python.
 *
 * @throws UserError with exit code 3, also where there is no Java and none can be installed
 */
export async function ensureEnvironment(options: InstallOptions = {}): Promise<TorchServeEnvironment> {
  const environment = await ensurePythonEnvironment(options)
  const java = await ensureJava(environment.folder, environment, options)
  return { ...environment, java }
}

/** The environment where it is already there, Java from the system or installed with it; never installs. */
export async function installedEnvironment(signal?: AbortSignal): Promise<EnvironmentStamp | undefined> {
  try {
    return await readWorkingStamp(environmentFolder(await findPython(signal)), signal)
  } catch {
    return undefined
  }
}
