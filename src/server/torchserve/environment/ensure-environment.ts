import { rm } from 'node:fs/promises'
import { execa } from 'execa'
import writeFileAtomic from 'write-file-atomic'
import { makeOnce } from '../../../system/processes/hold-lock.js'
import type { OnProgress } from '../../../system/progress.js'
import { findPython, type PythonProbe } from '../../../system/python-env/find-python.js'
import { makeVenv, requireDiskSpace, venvPython } from '../../../system/python-env/make-venv.js'
import { pipInstall } from '../../../system/python-env/pip-install.js'
import { ExitCode, UserError } from '../../../system/user-error.js'
import {
  environmentFolder,
  pythonNeed,
  readStamp,
  stampFile,
  withoutTorchServe,
  type EnvironmentStamp,
} from './environment-folder.js'
import { ensureJava, type Java } from './java.js'
import { hasNvidiaGpu, pipArguments, pipSituation, takeInventory } from './pip-arguments.js'

/** Measured on Linux x86-64: 1.1 GB with the CPU build, plus pip's copies while it unpacks. */
export const environmentBytes = 2.5e9
/** torch 2.13 with CUDA and its nvidia-* wheels. */
const cudaBytes = 12e9

export interface InstallOptions {
  signal?: AbortSignal | undefined
  onProgress?: OnProgress | undefined
  /** The requirements for pip. Default: the pinned ones. */
  packages?: readonly string[] | undefined
}

/** A private Python with the pinned packages. */
export interface PythonEnvironment extends EnvironmentStamp {
  folder: string
  /** Its interpreter. */
  python: string
}

/** Everything that is needed to run TorchServe. */
export interface TorchServeEnvironment extends PythonEnvironment {
  java: Java
}

/** Whether Framestorm can run TorchServe on this platform. It needs process groups, Unix sockets and wheels. */
export function isManagedPlatform(platform: string): boolean {
  return platform === 'linux' || platform === 'darwin'
}

/** @throws UserError (exit code 3) on other platforms */
export function requireManagedPlatform(platform: string): void {
  if (isManagedPlatform(platform)) return
  throw new UserError('Framestorm can start TorchServe on Linux and macOS only', {
    received: platform,
    remedy: 'Measure a server by its URL (--server http://host:8080), or use --server embedded.',
    exitCode: ExitCode.environment,
  })
}

/** A finished installation whose interpreter still starts. The base Python may have been removed since. */
export async function readWorkingStamp(
  folder: string,
  signal?: AbortSignal,
): Promise<EnvironmentStamp | undefined> {
  const stamp = await readStamp(folder)
  if (stamp === undefined) return undefined
  const options = { reject: false, ...(signal && { cancelSignal: signal }) } as const
  const result = await execa(venvPython(folder), ['-c', ''], options)
  signal?.throwIfAborted()
  return result.failed ? undefined : stamp
}

/**
 * The Python environment. It is installed on first use (a minute or more, with progress) and found at once afterwards.
 * If several processes need it, one installs it and the others wait.
 *
 * @throws UserError (exit code 3): no usable Python, pip failed, too little disk space
 */
export async function ensurePythonEnvironment(options: InstallOptions = {}): Promise<PythonEnvironment> {
  const { signal, onProgress } = options
  requireManagedPlatform(process.platform)
  const python = await findPython(pythonNeed, signal)
  const folder = environmentFolder(python)
  const stamp = await makeOnce(folder, {
    signal,
    onWait: (holder) =>
      onProgress?.({ text: `waiting for ${holder}, which is installing TorchServe into ${folder}` }),
    find: () => readWorkingStamp(folder, signal),
    make: () => installEnvironment(python, folder, options),
  })
  return { ...stamp, folder, python: venvPython(folder) }
}

/**
 * The Python environment and Java: the system's Java, or one that is installed into the environment.
 *
 * @throws UserError (exit code 3), also if there is no Java and none can be installed
 */
export async function ensureEnvironment(options: InstallOptions = {}): Promise<TorchServeEnvironment> {
  const environment = await ensurePythonEnvironment(options)
  const java = await ensureJava(environment.folder, environment, options)
  return { ...environment, java }
}

/**
 * Creates the environment in `folder`: venv, packages, stamp. The caller holds the lock. The remains of an interrupted
 * installation are removed first. pip's cache avoids a second download.
 */
async function installEnvironment(
  python: PythonProbe,
  folder: string,
  { signal, onProgress, packages }: InstallOptions,
): Promise<EnvironmentStamp> {
  const gpu = await hasNvidiaGpu(signal)
  await requireDiskSpace(folder, gpu ? cudaBytes : environmentBytes)
  await rm(folder, { recursive: true, force: true })
  const size = gpu ? 'about 6 GB, CUDA included' : 'about 1.2 GB on disk, 250 MB to download'
  onProgress?.({ text: `installing TorchServe 0.12 and torch 2.13 into ${folder} (${size}; only once)` })
  await makeVenv(python, folder, { signal })
  const args = pipArguments(await pipSituation(folder, { hasNvidiaGpu: gpu, signal }), packages)
  await pipInstall({ venv: folder, args, alternative: withoutTorchServe, signal, onProgress })
  const inventory = await takeInventory(folder, signal)
  const stamp = { basePython: python.executable, pythonVersion: python.version, ...inventory }
  await writeFileAtomic(stampFile(folder), JSON.stringify(stamp, undefined, 2))
  return stamp
}
