import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, readdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import { makeOnce } from '../../../system/processes/hold-lock.js'
import { makeVenv, requireDiskSpace, venvPython } from '../../../system/python-env/make-venv.js'
import { pipInstall } from '../../../system/python-env/pip-install.js'
import { UserError, messageOf } from '../../../system/user-error.js'
import {
  ensurePythonEnvironment,
  readWorkingStamp,
  type InstallOptions,
  type PythonEnvironment,
} from './ensure-environment.js'
import { readStamp, stampFile, type EnvironmentStamp } from './environment-folder.js'
import { pipArguments, pipSituation, takeInventory } from './pip-arguments.js'

/** A requirements file with the files that it includes. */
export interface Requirements {
  file: string
  /** The text of all files, one after the other. */
  text: string
  /** SHA-256 of the text. */
  hash: string
}

/** `-r other.txt`, `--requirement=other.txt`, `-c constraints.txt` (pip: Requirements File Format). */
const include = /^\s*(?:-r|-c|--requirement|--constraint)[\s=]*(\S.*?)\s*(?:\s#.*)?$/

/**
 * Reads a requirements file and the files that it includes.
 *
 * @throws UserError (exit code 2) if one of them cannot be read, or if it requires nothing
 */
export async function readRequirements(file: string): Promise<Requirements> {
  const texts = new Map<string, string>()
  await readInto(texts, resolve(file), 'server.requirements')
  const text = [...texts.values()].join('\n')
  if (!/^\s*[^\s#]/m.test(text)) {
    throw new UserError('the requirements file requires nothing', {
      where: file,
      expected: 'one package per line, such as opencv-python-headless==4.11.0.86',
      received: text === '' ? 'an empty file' : 'comments only',
      remedy: 'Add the packages that the handler imports, or remove server.requirements.',
    })
  }
  return { file, text, hash: createHash('sha256').update(text).digest('hex') }
}

async function readInto(texts: Map<string, string>, file: string, from: string): Promise<void> {
  if (texts.has(file)) return
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    throw new UserError('the requirements file cannot be read', {
      where: file,
      expected: 'a text file with one package per line, as pip reads it',
      received: messageOf(error),
      remedy: `Check the path in ${from}.`,
      cause: error,
    })
  }
  texts.set(file, text)
  for (const line of text.split('\n')) {
    const included = include.exec(line)?.[1]
    if (included === undefined || /^[a-z]+:\/\//i.test(included)) continue
    await readInto(texts, resolve(dirname(file), included), file)
  }
}

/** The packages that the managed server is tested with. pip keeps them, unless the user's file names them itself. */
const kept = ['torch', 'torchserve']

/** Lines of a constraints file: the shared packages at their versions, without those that the requirements name. */
export function constraintsFor(text: string, versions: Readonly<Record<string, string>>): string[] {
  const named = new Set(
    [...text.matchAll(/^\s*([A-Za-z0-9][\w.-]*)/gm)].map(([, name = '']) =>
      name.toLowerCase().replaceAll(/[-_.]+/g, '-'),
    ),
  )
  return kept
    .filter((name) => !named.has(name) && versions[name] !== undefined)
    .map((name) => `${name}==${versions[name]!.replace(/\+.*$/, '')}`)
}

/** A few packages with their wheels. What they need is not known before pip has looked. */
const requirementsBytes = 0.5e9

/** Environments that no run used for this long are removed. */
const keptMs = 30 * 24 * 3600 * 1000

/**
 * An environment with the user's requirements on top of the managed one: a virtual environment that finds the packages
 * of the managed one after its own (a .pth file, docs.python.org/3/library/site.html). So torch is not installed twice.
 * It is made once for each content of the file. If several processes need it, one makes it and the others wait.
 *
 * @throws UserError (exit code 2) if the file cannot be read, (exit code 3) if pip fails, with its last lines
 */
export async function ensureRequirements(
  requirements: Requirements,
  options: InstallOptions,
): Promise<PythonEnvironment & { base: PythonEnvironment }> {
  const { signal, onProgress } = options
  const base = await ensurePythonEnvironment(options)
  const folder = `${base.folder}-${requirements.hash.slice(0, 12)}`
  const stamp = await makeOnce(folder, {
    signal,
    onWait: (holder) =>
      onProgress?.({ text: `waiting for ${holder}, which is installing ${requirements.file}` }),
    find: () => readWorkingStamp(folder, signal),
    async make() {
      await removeUnused(base.folder)
      return installRequirements(requirements, { base, folder }, options)
    },
  })
  await utimes(stampFile(folder), new Date(), new Date()).catch(() => {})
  return { ...stamp, folder, python: venvPython(folder), base }
}

async function installRequirements(
  { file, text }: Requirements,
  { base, folder }: { base: PythonEnvironment; folder: string },
  { signal, onProgress }: InstallOptions,
): Promise<EnvironmentStamp> {
  await requireDiskSpace(folder, requirementsBytes)
  await rm(folder, { recursive: true, force: true })
  onProgress?.({ text: `installing ${basename(file)} into ${folder} (once for this content)` })
  await makeVenv({ executable: base.basePython }, folder, { signal, withPip: false })
  const { sitePackages } = await takeInventory(folder, signal)
  await writeFile(join(sitePackages, 'framestorm-shared.pth'), `${base.sitePackages}\n`)
  const constraints = join(folder, 'constraints.txt')
  await writeFile(
    constraints,
    constraintsFor(text, base.versions)
      .map((line) => `${line}\n`)
      .join(''),
  )
  const wanted = ['-c', constraints, '-r', resolve(file)]
  const args = pipArguments(await pipSituation(folder, { hasNvidiaGpu: false, signal }), wanted)
  await pipInstall({
    venv: folder,
    args,
    what: `the requirements of ${file}`,
    alternative:
      'Or install them yourself into an environment with TorchServe, and name it in server.python.',
    cwd: dirname(resolve(file)),
    signal,
    onProgress,
  })
  await shareTorchServe(sitePackages, base)
  const inventory = await takeInventory(folder, signal)
  const stamp = { basePython: base.basePython, pythonVersion: base.pythonVersion, ...inventory }
  await writeFileAtomic(stampFile(folder), JSON.stringify(stamp, undefined, 2))
  return stamp
}

/**
 * Links TorchServe into the environment, if the requirements did not bring one. Its workers get the folder that holds it
 * in PYTHONPATH, before all others: with the managed folder there, packages of the requirements would not be found
 * where both have them.
 */
async function shareTorchServe(sitePackages: string, base: PythonEnvironment): Promise<void> {
  const place = join(sitePackages, 'ts')
  if (!existsSync(place)) await symlink(join(base.sitePackages, 'ts'), place)
}

/** The environments with requirements on top of `base`; those without a stamp are incomplete. */
export async function installedRequirements(
  base: string,
): Promise<{ folder: string; stamp: EnvironmentStamp | undefined }[]> {
  const names = (await readdir(dirname(base)).catch(() => [])).filter(
    (name) => name.startsWith(`${basename(base)}-`) && !name.endsWith('.lock'),
  )
  return Promise.all(
    names.map(async (name) => {
      const folder = join(dirname(base), name)
      return { folder, stamp: await readStamp(folder) }
    }),
  )
}

/** Removes the environments with requirements on top of `base` that were not used for 30 days. */
export async function removeUnused(base: string, nowMs: number = Date.now()): Promise<void> {
  for (const { folder } of await installedRequirements(base)) {
    // Without a stamp it is being installed, or its installation was interrupted.
    const used = await stat(stampFile(folder)).catch(() => stat(folder).catch(() => undefined))
    if (used !== undefined && nowMs - used.mtimeMs > keptMs)
      await rm(folder, { recursive: true, force: true })
  }
}
