import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { cacheFolder } from '../../../cache/cache-folder.js'
import type { PythonProbe } from './probe-python.js'
import { environmentKey } from './requirements.js'

/** What a finished installation leaves in its folder, written last: without it the folder counts as half made. */
export interface EnvironmentStamp {
  /** The interpreter that the environment was made with. */
  basePython: string
  pythonVersion: string
  sitePackages: string
  /** Installed versions by package name. */
  versions: Record<string, string>
}

export function environmentFolder(python: PythonProbe): string {
  return join(cacheFolder(), 'torchserve', environmentKey(python.version, process.platform, process.arch))
}

export function environmentPython(folder: string): string {
  return join(folder, 'bin', 'python')
}

export function stampFile(folder: string): string {
  return join(folder, 'framestorm-installed.json')
}

export async function readStamp(folder: string): Promise<EnvironmentStamp | undefined> {
  try {
    return JSON.parse(await readFile(stampFile(folder), 'utf8')) as EnvironmentStamp
  } catch {
    return undefined
  }
}
