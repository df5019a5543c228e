import { readdir, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'

/** Each change of a handler makes another archive of 45 MB; one that nobody used this long is not missed. */
const keptMs = 30 * 24 * 3600 * 1000

/** Dates the archive by its last use. */
export async function markUsed(file: string): Promise<void> {
  const now = new Date()
  await utimes(file, now, now).catch(() => {})
}

/** Removes the archives of a cache folder that were not used for 30 days; the folder need not exist. */
export async function removeUnused(folder: string, nowMs: number = Date.now()): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  for (const name of names.filter((entry) => entry.endsWith('.mar'))) {
    const file = join(folder, name)
    // Another process may be at it too.
    const found = await stat(file).catch(() => undefined)
    if (found !== undefined && nowMs - found.mtimeMs > keptMs) await rm(file, { force: true })
  }
}
