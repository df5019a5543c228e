import { cp, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { isRun } from '../gate/stored/stored-gate.js'
import { UserError } from '../system/user-error.js'

/** Baselines that an accepted change made obsolete are kept in this folder, out of the comparison. */
const supersededFolder = '.superseded'

/**
 * Records a run as a baseline: copies its folder into the folder of baselines.
 *
 * @param supersede the run is a new level (its gate failed, and it is accepted nevertheless): the baselines recorded so
 *   far no longer say what to expect, and are moved to `.superseded`
 * @returns the folder that the run was copied to
 */
export async function acceptBaseline(
  run: string,
  folder: string,
  { supersede }: { supersede: boolean },
): Promise<string> {
  if (await isRun(folder)) {
    throw new UserError('the folder of baselines is a run folder itself', {
      where: folder,
      expected: 'a folder of run folders, or a new folder',
      remedy: 'Give the folder that this run is in, or a new one.',
    })
  }
  const name = basename(resolve(run))
  const target = join(folder, name)
  if (await isRun(target)) {
    throw new UserError('this run is recorded as a baseline already', {
      where: target,
      remedy: 'Accept another run.',
    })
  }
  await mkdir(folder, { recursive: true })
  // Copied under a name that no comparison reads, then renamed: an interrupted copy is never a baseline.
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
