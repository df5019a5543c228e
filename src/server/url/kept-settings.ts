import { createHash } from 'node:crypto'
import { mkdir, readFile, readdir, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import { z } from 'zod'
import { cacheFolder } from '../../system/cache-folder.js'
import { isProcessAlive } from '../../system/processes/hold-lock.js'
import type { RequestedModel } from '../endpoint.js'

/*
 * Before `manage: true` takes a model from somebody's server, the settings to restore are written to the cache. If the
 * process is killed before it restores them, the next run on that server does, and `doctor` tells how to do it by hand.
 */

const originalSchema = z.object({
  registration: z.object({
    modelName: z.string(),
    /** Undefined: the default version. */
    modelVersion: z.string().optional(),
    modelUrl: z.string(),
    serverBatchSize: z.int(),
    maxBatchDelayMs: z.int().optional(),
    workers: z.int(),
    responseTimeoutS: z.int().optional(),
    startupTimeoutS: z.int().optional(),
  }),
  maxWorkers: z.int(),
})

/** The settings of a model before they were changed. */
export type Original = z.infer<typeof originalSchema>

const keptSchema = z.object({
  managementUrl: z.string(),
  original: originalSchema,
  /** The process that changed them. */
  pid: z.int(),
  host: z.string(),
  /** ISO 8601. */
  since: z.string(),
})

export type KeptSettings = z.infer<typeof keptSchema>

function keptFile(managementUrl: string, { name, version = '' }: RequestedModel): string {
  const key = createHash('sha256').update(`${managementUrl}\n${name}\n${version}`).digest('hex').slice(0, 16)
  return join(keptFolder(), `${key}.json`)
}

function keptFolder(): string {
  return join(cacheFolder(), 'settings-to-restore')
}

export async function keepSettings(managementUrl: string, original: Original): Promise<void> {
  const { modelName, modelVersion } = original.registration
  const file = keptFile(managementUrl, { name: modelName, version: modelVersion })
  const kept: KeptSettings = {
    managementUrl,
    original,
    pid: process.pid,
    host: hostname(),
    since: new Date().toISOString(),
  }
  await mkdir(dirname(file), { recursive: true })
  await writeFileAtomic(file, JSON.stringify(kept, undefined, 2))
}

export async function forgetSettings(managementUrl: string, model: RequestedModel): Promise<void> {
  await rm(keptFile(managementUrl, model), { force: true })
}

async function readKept(file: string): Promise<KeptSettings | undefined> {
  try {
    return keptSchema.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch {
    return undefined
  }
}

export function keptSettings(
  managementUrl: string,
  model: RequestedModel,
): Promise<KeptSettings | undefined> {
  return readKept(keptFile(managementUrl, model))
}

/** Whether another process that still runs will restore them. A process of another host counts as ended. */
export function isStillChanging({ pid, host }: Pick<KeptSettings, 'pid' | 'host'>): boolean {
  return host === hostname() && pid !== process.pid && isProcessAlive(pid)
}

/** The settings that runs did not restore, because they were killed. */
export async function unrestoredSettings(): Promise<KeptSettings[]> {
  const names = await readdir(keptFolder()).catch(() => [])
  const all = await Promise.all(names.map((name) => readKept(join(keptFolder(), name))))
  return all.filter((kept) => kept !== undefined).filter((kept) => !isStillChanging(kept))
}
