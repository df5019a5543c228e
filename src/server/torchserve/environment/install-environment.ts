import { mkdir, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import writeFileAtomic from 'write-file-atomic'
import { ExitCode, UserError, messageOf } from '../../../system/user-error.js'
import { runGuarded } from '../../../system/processes/run-guarded.js'
import type { OnProgress } from '../../progress.js'
import type { EnvironmentStamp } from './environment-folder.js'
import { environmentPython, inventorySchema, stampFile } from './environment-folder.js'
import { hasNvidiaGpu } from './has-nvidia-gpu.js'
import { cpuIndex, parsePipSettings, pipArguments, wantsCpuIndex } from './pip-arguments.js'
import { pipFailure } from './pip-failure.js'
import { pipProgress } from './pip-progress.js'
import type { PythonProbe } from './probe-python.js'

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

// Through Python, because it knows the proxies of the environment and of the system as pip does.
const question = `
import ssl, sys, urllib.request
url, proxy, cert = sys.argv[1:4]
handlers = [urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=cert or None))]
if proxy:
    handlers.append(urllib.request.ProxyHandler({"http": proxy, "https": proxy}))
urllib.request.build_opener(*handlers).open(urllib.request.Request(url, method="HEAD"), timeout=8).close()
`

/** Whether PyTorch's CPU index answers, by way of pip's own proxy and certificate settings. */
async function isCpuIndexReachable(
  python: string,
  settings: ReadonlyMap<string, string>,
  signal?: AbortSignal,
): Promise<boolean> {
  const args = ['-c', question, `${cpuIndex}/torch/`, settings.get('proxy') ?? '', settings.get('cert') ?? '']
  const result = await execa(python, args, { reject: false, timeout: 15_000, cancelSignal: signal })
  signal?.throwIfAborted()
  return !result.failed
}

/** Would lead Python to other packages than the environment's, or pip to another place than the environment. */
const misleading = new Set([
  'PYTHONPATH',
  'PYTHONHOME',
  'PYTHONSTARTUP',
  'PIP_TARGET',
  'PIP_PREFIX',
  'PIP_ROOT',
])

/**
 * The variables for the environment's own Python and pip: the user's, proxies and indexes included, without what
 * would install elsewhere. Pure.
 *
 * @param temp where pip unpacks what it downloads
 */
function pythonEnvironment(own: NodeJS.ProcessEnv, temp?: string): NodeJS.ProcessEnv {
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
 * @throws UserError with exit code 3 where the folder can't be made or its disk has less than `neededBytes` free
 */
export async function checkDiskSpace(folder: string, neededBytes: number): Promise<void> {
  const remedy = 'Make room, or point FRAMESTORM_HOME to a folder on a larger disk that you may write to.'
  try {
    await mkdir(folder, { recursive: true })
  } catch (error) {
    throw new UserError('the cache folder cannot be made', {
      where: folder,
      received: messageOf(error),
      remedy,
      exitCode: ExitCode.environment,
      cause: error,
    })
  }
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  if (free >= neededBytes) return
  throw new UserError('the cache folder has no room for the Python environment', {
    where: folder,
    expected: `${gigabytes(neededBytes)} free`,
    received: `${gigabytes(free)} free`,
    remedy,
    exitCode: ExitCode.environment,
  })
}
