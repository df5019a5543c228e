import { readdir, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'

/** Each change of a handler creates another archive of 45 MB. Archives that were not used for this long are removed. */
const keptMs = 30 * 24 * 3600 * 1000

/** The file beside a downloaded archive that says which version it is. */
export function validatorsFile(archive: string): string {
  return `${archive}.json`
}

/** Sets the file time of the archive to the current time. */
export async function markUsed(file: string): Promise<void> {
  const now = new Date()
  await utimes(file, now, now).catch(() => {})
}

/** Removes the archives of a cache folder that were not used for 30 days; the folder need not exist. */
export async function removeUnusedArchives(folder: string, nowMs: number = Date.now()): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  for (const name of names.filter((entry) => entry.endsWith('.mar'))) {
    const file = join(folder, name)
    // Another process may remove it at the same time.
    const found = await stat(file).catch(() => undefined)
    if (found !== undefined && nowMs - found.mtimeMs > keptMs) {
      await rm(file, { force: true })
      await rm(validatorsFile(file), { force: true })
    }
  }
}
