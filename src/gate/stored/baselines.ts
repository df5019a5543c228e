import { cp, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { UserError } from '../../system/user-error.js'

/** Runs that an accepted change made obsolete are kept here, out of the comparison. */
const supersededFolder = '.superseded'

/**
 * Records a run as a baseline: copies its folder into the folder of stored runs.
 *
 * @param supersede the run is a new level (its gate failed, and it is accepted all the same): the runs stored so far
 *   no longer say what to expect, and are set aside
 * @returns the folder that the run was copied to
 */
export async function acceptBaseline(
  run: string,
  folder: string,
  { supersede }: { supersede: boolean },
): Promise<string> {
  if (await isRun(folder)) {
    throw new UserError('a baseline is recorded in a folder of runs, and this is a run', {
      where: folder,
      remedy: 'name the folder that the run lies in, or a new one',
    })
  }
  const name = basename(resolve(run))
  const target = join(folder, name)
  if (await isRun(target)) {
    throw new UserError('this run is recorded there already', { where: target, remedy: 'accept another run' })
  }
  await mkdir(folder, { recursive: true })
  // Copied under a name that no comparison looks at, and shown whole: an interrupted copy is never a baseline.
  const copying = await mkdtemp(join(folder, '.accepting-'))
  try {
    await cp(run, join(copying, name), { recursive: true })
    if (supersede) await setAside(folder)
    await rename(join(copying, name), target)
  } finally {
    await rm(copying, { recursive: true, force: true })
  }
  return target
}

async function setAside(folder: string): Promise<void> {
  const aside = join(folder, supersededFolder)
  await mkdir(aside, { recursive: true })
  for (const name of await readdir(folder))
    if (await isRun(join(folder, name))) await rename(join(folder, name), join(aside, name))
}

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

async function isRun(path: string): Promise<boolean> {
  const found = await stat(join(path, 'run.json')).catch(() => undefined)
  return found?.isFile() ?? false
}
