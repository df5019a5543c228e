import { execa } from 'execa'

import { holdLock } from '../../../processes/hold-lock.js'
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

/** Everything that runs a TorchServe: a private Python with the pinned packages, and a Java. */
export interface TorchServeEnvironment extends EnvironmentStamp {
  folder: string
  python: string
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
 * The environment, installed on first use (minutes, with progress), found in an instant afterwards.
 *
 * @throws UserError with exit code 3: no usable Python, pip failed, no room, no Java
 */
export async function ensureEnvironment(options: InstallOptions = {}): Promise<TorchServeEnvironment> {
  const { signal, onProgress } = options
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
  const java = await ensureJava(folder, stamp, options)
  return { ...stamp, folder, python: environmentPython(folder), java }
}

/** The environment where it is already there, Java from the system or installed with it; never installs. */
export async function installedEnvironment(signal?: AbortSignal): Promise<EnvironmentStamp | undefined> {
  try {
    return await readWorkingStamp(environmentFolder(await findPython(signal)), signal)
  } catch {
    return undefined
  }
}
