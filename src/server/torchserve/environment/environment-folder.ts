import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { z } from 'zod'

import { cacheFolder } from '../../../system/cache-folder.js'
import type { PythonProbe } from './probe-python.js'
import { environmentKey } from './requirements.js'

/** What the environment's own Python tells of it. */
export const inventorySchema = z.object({
  sitePackages: z.string(),
  /** Installed versions by package name. */
  versions: z.record(z.string(), z.string()),
})

/** What a finished installation leaves in its folder, written last: without it the folder counts as half made. */
export const stampSchema = inventorySchema.extend({
  /** The interpreter that the environment was made with. */
  basePython: z.string(),
  pythonVersion: z.string(),
})

export type EnvironmentStamp = z.infer<typeof stampSchema>

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
    return stampSchema.parse(JSON.parse(await readFile(stampFile(folder), 'utf8')))
  } catch {
    return undefined
  }
}
