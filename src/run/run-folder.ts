import { mkdir, readFile, readdir, readlink, rename, rm, symlink } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import { ExitCode, UserError, messageOf, systemErrorCode } from '../system/user-error.js'
import type { RunManifest } from './run-manifest.js'
import { schemaVersion } from './run-manifest.js'
import { z } from 'zod'
import { manifestSchema } from './manifest-schema.js'

const manifestName = 'run.json'
const samplesFolder = 'samples'

/** Makes the folder of a new run with its manifest. A folder that holds anything already is left alone. */
export async function createRunFolder(folder: string, manifest: RunManifest): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
    const found = await readdir(folder)
    if (found.length > 0) {
      throw new UserError('the run folder is not empty', {
        where: folder,
        expected: 'a folder that does not exist yet, or an empty one',
        received: found.length === 1 ? found[0] : `${found[0]} and ${found.length - 1} more`,
        remedy: 'Choose another place with --out, or go on with the run that is there: bench --resume.',
      })
    }
    await mkdir(join(folder, samplesFolder))
  } catch (error) {
    throw error instanceof UserError ? error : cannotWrite(folder, error)
  }
  await writeManifest(folder, manifest)
}

/** Replaces run.json as a whole: whoever reads it, even after a crash, finds the old or the new one. */
export async function writeManifest(folder: string, manifest: RunManifest): Promise<void> {
  try {
    await writeFileAtomic(join(folder, manifestName), `${JSON.stringify(manifest, undefined, 2)}\n`)
  } catch (error) {
    throw cannotWrite(folder, error)
  }
}

/** The manifest of a run, checked; a folder that is no run of ours, or a damaged one, is a UserError. */
export async function readManifest(folder: string): Promise<RunManifest> {
  const file = join(folder, manifestName)
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    throw new UserError('not a run folder', {
      where: folder,
      expected: `a folder that bench wrote, with a ${manifestName}`,
      received:
        systemErrorCode(error) === 'ENOENT' ? `no ${manifestName}, or no such folder` : messageOf(error),
      remedy: 'Give the folder that bench named at its end, or reports/latest.',
      cause: error,
    })
  }
  return parseManifest(text, file)
}

/**
 * The absolute path of a file that a manifest names relative to its folder. A manifest may come from anybody: a
 * name that leads out of the folder is refused.
 */
export function pathInRun(folder: string, name: string): string {
  const root = resolve(folder)
  const file = resolve(root, name)
  if (file.startsWith(root + sep)) return file
  throw new UserError('the run names a file outside its folder', {
    where: join(folder, manifestName),
    expected: 'paths within the run folder',
    received: name,
    remedy: 'Do not use this run folder; it was not written by framestorm.',
  })
}

/**
 * Points `latest`, beside the run folder, to it. Where the system has no links, or `latest` is somebody's own
 * file, there is none: nothing depends on it.
 */
export async function linkLatest(folder: string): Promise<void> {
  const target = resolve(folder)
  const link = join(dirname(target), 'latest')
  const fresh = `${link}.${process.pid}`
  try {
    if (!(await absentOrLink(link))) return
    await symlink(relative(dirname(target), target), fresh, 'junction')
    await rename(fresh, link)
  } catch {
    await rm(fresh, { force: true })
  }
}

async function absentOrLink(path: string): Promise<boolean> {
  try {
    await readlink(path)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT'
  }
}

function cannotWrite(folder: string, cause: unknown): UserError {
  return new UserError('the run folder cannot be written', {
    where: folder,
    received: cause instanceof Error ? cause.message : String(cause),
    remedy: 'Choose another place with --out.',
    exitCode: ExitCode.environment,
    cause,
  })
}

const versioned = z.looseObject({ schemaVersion: z.number() })

/** Reads the text of a run.json; `file` names it in errors. */
function parseManifest(text: string, file: string): RunManifest {
  let data: unknown
  try {
    data = JSON.parse(text)
  } catch (error) {
    throw damaged(file, error instanceof Error ? error.message : String(error))
  }
  const version = versioned.safeParse(data)
  if (!version.success) throw damaged(file, 'no schemaVersion')
  if (version.data.schemaVersion !== schemaVersion) {
    throw new UserError('a run of another version', {
      where: file,
      expected: `schemaVersion ${schemaVersion}`,
      received: String(version.data.schemaVersion),
      remedy: 'Read it with the framestorm that wrote it, or measure again.',
    })
  }
  const parsed = manifestSchema.safeParse(data)
  if (!parsed.success) throw damaged(file, describe(parsed.error))
  return parsed.data
}

/** The first problems, each with its place. */
function describe(error: z.ZodError): string {
  const issues = error.issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`)
  const more = issues.length > 3 ? ` and ${issues.length - 3} more` : ''
  return issues.slice(0, 3).join('; ') + more
}

function damaged(file: string, received: string): UserError {
  return new UserError('the run cannot be read', {
    where: file,
    expected: 'the run.json that bench wrote',
    received,
    remedy: 'Give another run folder, or measure again.',
  })
}
