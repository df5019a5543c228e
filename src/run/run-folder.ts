import { readFile } from 'node:fs/promises'
import { join, resolve, sep } from 'node:path'
import type { PlannedPoint } from '../scenario/plan/plan.js'
import { hideAddress, maskAddresses } from '../system/secret-address.js'
import { UserError, messageOf, systemErrorCode } from '../system/user-error.js'
import { parseManifest, type RunManifest, schemaVersion } from './manifest.js'

export const manifestName = 'run.json'

/** Reads and validates the manifest of a run. @throws UserError if the folder is not a run, or the run is damaged */
export async function readManifest(folder: string): Promise<RunManifest> {
  const file = join(folder, manifestName)
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    throw new UserError('this is not a run folder', {
      where: folder,
      expected: `a folder with a ${manifestName}, as bench writes it`,
      received:
        systemErrorCode(error) === 'ENOENT' ? `no ${manifestName}, or no such folder` : messageOf(error),
      remedy: 'Pass the folder that bench printed at its end, or reports/latest.',
      cause: error,
    })
  }
  return readText(text, file)
}

/**
 * The absolute path of a file that a manifest names relative to its folder. Manifests can come from untrusted sources,
 * so a path that leads out of the folder is rejected.
 */
export function pathInRun(folder: string, name: string): string {
  const root = resolve(folder)
  const file = resolve(root, name)
  if (file.startsWith(root + sep)) return file
  throw new UserError('the run names a file outside its folder', {
    where: join(folder, manifestName),
    expected: 'paths within the run folder',
    received: name,
    remedy: 'Do not use this run folder. Framestorm did not write it.',
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
  if ('manifest' in parsed) return hidePasswords(parsed.manifest)
  if ('problem' in parsed) throw damaged(file, parsed.problem)
  throw new UserError('the run was written by another version of Framestorm', {
    where: file,
    expected: `schemaVersion ${schemaVersion} or lower`,
    received: String(parsed.version),
    remedy: 'Use the Framestorm version that wrote the run, or measure again.',
  })
}

function hideSource<P extends PlannedPoint>(point: P): P {
  return { ...point, video: { ...point.video, source: hideAddress(point.video.source) } }
}

/** Earlier versions saved the addresses of cameras with their passwords. */
function hidePasswords(manifest: RunManifest): RunManifest {
  const { plan, measurements, scenario } = manifest
  const hidden = {
    ...plan,
    points: plan.points.map(hideSource),
    ofCeiling: plan.ofCeiling?.map(hideSource),
  }
  return {
    ...manifest,
    plan: hidden,
    measurements: measurements.map((record) =>
      record.video === undefined
        ? record
        : { ...record, video: { ...record.video, source: hideAddress(record.video.source) } },
    ),
    scenario: {
      ...scenario,
      text: maskAddresses(scenario.text),
      ...(scenario.overrides && { overrides: scenario.overrides.map(maskAddresses) }),
    },
  }
}

function damaged(file: string, received: string): UserError {
  return new UserError('the run cannot be read', {
    where: file,
    expected: 'the run.json that bench wrote',
    received,
    remedy: 'Pass another run folder, or measure again.',
  })
}
