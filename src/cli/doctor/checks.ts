import { constants } from 'node:fs'
import { access, opendir, statfs } from 'node:fs/promises'
import { arch, availableParallelism, freemem, platform, totalmem } from 'node:os'
import { dirname } from 'node:path'
import { ffmpegDownloadMB } from '../../frames/video/install-imageio-ffmpeg.js'
import { resolveFfmpeg } from '../../frames/video/resolve-ffmpeg.js'
import { freePorts, probePort } from '../../system/ports.js'
import { environmentBytes } from '../../server/torchserve/environment/ensure-environment.js'
import { pythonNeed } from '../../server/torchserve/environment/environment-folder.js'
import { hasNvidiaGpu } from '../../server/torchserve/environment/pip-arguments.js'
import { cacheFolder } from '../../system/cache-folder.js'
import { findPython } from '../../system/python-env/find-python.js'
import { UserError, messageOf } from '../../system/user-error.js'
import {
  checkJava,
  checkManage,
  checkRequirements,
  checkTorchServe,
  type CheckResult,
} from './managed-server-checks.js'

/** One result of the checks. */
export interface Check extends CheckResult {
  name: CheckName
}

export type CheckName = (typeof checkNames)[number]

/** In the order of the output. */
const checkNames = [
  'platform',
  'cores',
  'memory',
  'GPU',
  'ffmpeg',
  'Python',
  'Java',
  'TorchServe',
  'requirements',
  'manage',
  'ports',
  'cache',
] as const

const checks: Record<CheckName, (signal?: AbortSignal) => CheckResult | Promise<CheckResult>> = {
  platform: () => ({
    status: 'ok',
    version: `${platform()} ${arch()}`,
    detail: `Node ${process.versions.node}`,
  }),
  cores: () => judgeCores(availableParallelism()),
  memory: () => judgeMemory(totalmem(), freemem()),
  GPU: async (signal) => ({
    status: 'ok',
    detail: (await hasNvidiaGpu(signal))
      ? 'NVIDIA; the model runs on it'
      : 'no NVIDIA GPU; the model runs on the CPU',
  }),
  ffmpeg: checkFfmpeg,
  async Python(signal) {
    const { version, executable } = await findPython(pythonNeed, signal)
    return { status: 'ok', version, place: executable, detail: 'with venv' }
  },
  Java: checkJava,
  TorchServe: checkTorchServe,
  requirements: checkRequirements,
  manage: checkManage,
  ports: checkPorts,
  cache: checkCache,
}

/** Checks if this machine can measure. Installs, starts and writes nothing. */
export async function runChecks(signal?: AbortSignal): Promise<Check[]> {
  return Promise.all(checkNames.map((name) => runCheck(name, signal)))
}

/** A UserError of the check becomes its result. */
export async function runCheck(name: CheckName, signal?: AbortSignal): Promise<Check> {
  try {
    return { name, ...(await checks[name](signal)) }
  } catch (error) {
    return { name, ...foundInError(error) }
  }
}

/** Turns an error that the user can fix into a result. Any other error is a bug and is thrown again. */
export function foundInError(error: unknown): CheckResult {
  if (!(error instanceof UserError)) throw error
  const { received, where, remedy } = error.parts
  return {
    status: 'missing',
    detail: received === undefined ? error.message : `${error.message}: ${received}`,
    ...(where !== undefined && { place: where }),
    ...(remedy !== undefined && { remedy }),
  }
}

/** Whether a run on a managed TorchServe could start now, including what the first run installs. */
export function isFit(results: readonly Check[]): boolean {
  return results.every(({ name, status }) => status !== 'missing' || name === 'TorchServe')
}

async function checkFfmpeg(): Promise<CheckResult> {
  const found = await resolveFfmpeg()
  if (found !== undefined) {
    return { status: 'ok', version: found.version.text, place: found.path, detail: `from ${found.origin}` }
  }
  return {
    status: 'warning',
    detail: 'not installed yet',
    remedy: `The first run downloads one into the cache (${ffmpegDownloadMB} MB). To avoid this, install ffmpeg or set FFMPEG_BIN.`,
  }
}

/** Where a TorchServe listens by default. */
const defaultPorts = [8080, 8081, 8082, 7070, 7071]

/** A managed server uses free ports. A program on TorchServe's default ports is still useful to know. */
async function checkPorts(): Promise<CheckResult> {
  const place = '127.0.0.1'
  try {
    await freePorts(6)
  } catch (error) {
    const remedy = 'Allow your programs to listen on the loopback address.'
    return { status: 'missing', place, detail: `no free ports: ${messageOf(error)}`, remedy }
  }
  const probes = await Promise.all(defaultPorts.map((port) => probePort(place, port, 1000)))
  const taken = defaultPorts.filter((_, i) => 'address' in probes[i]!)
  const detail =
    taken.length === 0
      ? 'free ports available'
      : `free ports available; TorchServe's default ports in use: ${taken.join(', ')}`
  return { status: 'ok', place, detail }
}

async function checkCache(): Promise<CheckResult> {
  const place = cacheFolder()
  const folder = await existingFolder(place)
  const remedy = 'Set FRAMESTORM_HOME to a writable folder with enough space.'
  try {
    await access(folder, constants.W_OK)
    await opendir(folder).then((directory) => directory.close())
  } catch (error) {
    return { status: 'missing', place, detail: messageOf(error), remedy }
  }
  const { bavail, bsize } = await statfs(folder)
  const detail = `${gigabytes(bavail * bsize)} free`
  if (bavail * bsize >= environmentBytes) return { status: 'ok', place, detail }
  const needed = `TorchServe's environment needs ${gigabytes(environmentBytes)}`
  return { status: 'warning', place, detail: `${detail}; ${needed}`, remedy }
}

/** The nearest folder above that exists: the cache itself may not exist yet. */
async function existingFolder(folder: string): Promise<string> {
  try {
    await access(folder)
    return folder
  } catch {
    const parent = dirname(folder)
    return parent === folder ? folder : await existingFolder(parent)
  }
}

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`

/** Client and server share the cores if the server runs on this machine. */
export function judgeCores(cores: number): CheckResult {
  const found = { version: String(cores), detail: 'shared by the server and the load' }
  if (cores >= 2) return { ...found, status: 'ok' }
  const remedy =
    'With one core the load slows down the server. Use a larger machine, or measure a server by its URL.'
  return { ...found, status: 'warning', remedy }
}

/** Java and each worker with torch take about 1 GB. */
export function judgeMemory(totalBytes: number, freeBytes: number): CheckResult {
  const found = { version: gigabytes(totalBytes), detail: `${gigabytes(freeBytes)} free` }
  if (totalBytes >= 3.5e9) return { ...found, status: 'ok' }
  return {
    ...found,
    status: 'warning',
    remedy: 'TorchServe with one worker needs about 2 GB. Use one worker only.',
  }
}
