import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../../system/user-error.js'

/** The run folders that a path means: itself, or all runs directly in it. */
export async function findRuns(path: string): Promise<string[]> {
  if (await isRun(path)) return [path]
  const entries = await readdir(path, { withFileTypes: true }).catch(() => [])
  const folders = entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => join(path, entry.name))
    .toSorted()
  const runs: string[] = []
  for (const folder of folders) if (await isRun(folder)) runs.push(folder)
  if (runs.length > 0) return runs
  throw new UserError('no run is there to compare with', {
    where: path,
    expected: 'a run folder (with a run.json), or a folder of run folders',
    remedy: 'record a first baseline with `framestorm gate <run> --baseline <folder> --accept`',
  })
}

export async function isRun(path: string): Promise<boolean> {
  const found = await stat(join(path, 'run.json')).catch(() => undefined)
  return found?.isFile() ?? false
}
