import { readFile } from 'node:fs/promises'
import { join, resolve, sep } from 'node:path'
import { UserError, messageOf, systemErrorCode } from '../system/user-error.js'
import { parseManifest, type RunManifest, schemaVersion } from './manifest.js'

export const manifestName = 'run.json'

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
  return readText(text, file)
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

/** Reads the text of a run.json; `file` names it in errors. */
function readText(text: string, file: string): RunManifest {
  let data: unknown
  try {
    data = JSON.parse(text)
  } catch (error) {
    throw damaged(file, messageOf(error))
  }
  const parsed = parseManifest(data)
  if ('manifest' in parsed) return parsed.manifest
  if ('problem' in parsed) throw damaged(file, parsed.problem)
  throw new UserError('the run was written by another version of framestorm', {
    where: file,
    expected: `schemaVersion ${schemaVersion} or lower`,
    received: String(parsed.version),
    remedy: 'Read it with the framestorm that wrote it, or measure again.',
  })
}

function damaged(file: string, received: string): UserError {
  return new UserError('the run cannot be read', {
    where: file,
    expected: 'the run.json that bench wrote',
    received,
    remedy: 'Give another run folder, or measure again.',
  })
}
