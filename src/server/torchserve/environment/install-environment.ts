import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { execa } from 'execa'
import writeFileAtomic from 'write-file-atomic'

import { ExitCode } from '../../../system/exit-code.js'
import { UserError } from '../../../system/user-error.js'
import { runGuarded } from '../../../system/processes/run-guarded.js'
import type { OnProgress } from '../../progress.js'
import { checkDiskSpace } from './check-disk-space.js'
import { environmentPython, inventorySchema, stampFile, type EnvironmentStamp } from './environment-folder.js'
import { hasNvidiaGpu } from './has-nvidia-gpu.js'
import { parsePipSettings, pipArguments, wantsCpuIndex } from './pip-arguments.js'
import { pipFailure } from './pip-failure.js'
import { pipProgress } from './pip-progress.js'
import { isCpuIndexReachable } from './pip-reachable.js'
import type { PythonProbe } from './probe-python.js'
import { pythonEnvironment } from './python-environment.js'

/** Measured on Linux x86-64: 1.1 GB with the CPU build, and pip's own copies while it unpacks. */
const cpuBytes = 2.5e9
/** torch 2.13 with CUDA and its nvidia-* wheels. */
const cudaBytes = 12e9

export interface InstallOptions {
  signal?: AbortSignal
  onProgress?: OnProgress
  /** What pip is asked for: the pinned requirements, unless others are given. */
  packages?: readonly string[]
}

const inventoryQuestion = `
import importlib.metadata, json, sysconfig
print(json.dumps({
  "sitePackages": sysconfig.get_paths()["purelib"],
  "versions": {d.metadata["Name"].lower(): d.version for d in importlib.metadata.distributions()},
}))
`

/** Runs pip inside an environment; what it can't do becomes a UserError with pip's own last lines. */
export async function pipInstall(
  folder: string,
  args: string[],
  { signal, onProgress }: InstallOptions,
): Promise<void> {
  const report = pipProgress((progress) => onProgress?.(progress))
  // Beside what it becomes: /tmp is often too small for the wheels.
  const temp = join(folder, 'tmp')
  await mkdir(temp, { recursive: true })
  const { code, lines } = await runGuarded(environmentPython(folder), ['-m', ...args], {
    signal,
    env: pythonEnvironment(process.env, temp),
    onLine: report,
  })
  await rm(temp, { recursive: true, force: true })
  if (code !== 0) throw pipFailure(lines, folder)
}

async function makeVenv(python: PythonProbe, folder: string, signal?: AbortSignal): Promise<void> {
  const { code, lines } = await runGuarded(python.executable, ['-m', 'venv', folder], {
    signal,
    env: pythonEnvironment(process.env),
  })
  if (code === 0) return
  throw new UserError('the Python environment could not be made', {
    where: folder,
    received: `${python.executable} -m venv failed`,
    excerpt: lines.slice(-12).join('\n'),
    remedy: 'Repair that Python (on Debian: apt install python3-venv) or name another by FRAMESTORM_PYTHON.',
    exitCode: ExitCode.environment,
  })
}

/**
 * Makes the environment in `folder` anew: venv, packages, stamp. Whoever calls holds the lock. What an earlier,
 * interrupted installation left is removed first; pip's own cache spares the second download.
 */
export async function installEnvironment(
  python: PythonProbe,
  folder: string,
  options: InstallOptions,
): Promise<EnvironmentStamp> {
  const { signal, onProgress } = options
  const gpu = await hasNvidiaGpu(signal)
  await checkDiskSpace(folder, gpu ? cudaBytes : cpuBytes)
  await rm(folder, { recursive: true, force: true })
  const size = gpu ? 'about 6 GB, CUDA included' : 'about 1.2 GB on disk, 250 MB to download'
  onProgress?.({ text: `installing TorchServe 0.12 and torch 2.13 into ${folder} (${size}; only once)` })
  await makeVenv(python, folder, signal)

  const venvPython = environmentPython(folder)
  const ask = async (...args: string[]) => {
    const env = pythonEnvironment(process.env)
    const options = { env, extendEnv: false, reject: false, cancelSignal: signal } as const
    const { stdout } = await execa(venvPython, args, options)
    signal?.throwIfAborted()
    return stdout
  }
  const settings = parsePipSettings(await ask('-m', 'pip', 'config', 'list'))
  const situation = { platform: process.platform, hasNvidiaGpu: gpu, settings }
  const cpuIndexReachable =
    wantsCpuIndex(situation) && (await isCpuIndexReachable(venvPython, settings, signal))
  const pipVersion = (await ask('-m', 'pip', '--version')).split(' ')[1] ?? '0'
  await pipInstall(
    folder,
    pipArguments({ ...situation, cpuIndexReachable, pipVersion }, options.packages),
    options,
  )

  const inventory = inventorySchema.parse(JSON.parse(await ask('-c', inventoryQuestion)))
  const stamp = { basePython: python.executable, pythonVersion: python.version, ...inventory }
  await writeFileAtomic(stampFile(folder), JSON.stringify(stamp, undefined, 2))
  return stamp
}
