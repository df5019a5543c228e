import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, readFile, readdir, realpath, stat, type FileHandle } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { z } from 'zod'
import { ExitCode, UserError, messageOf } from '../../system/user-error.js'
import { manifestPath, manifestSchema, type Archive } from './archive-format.js'
import { listTar } from './list-tar.js'
import { listZip, readZipEntry } from './list-zip.js'

function refuse(file: string, received: string, remedy?: string): UserError {
  return new UserError('this is not a model archive that TorchServe can load', {
    where: file,
    expected: `a .mar, .tar.gz or folder with ${manifestPath} and the handler that it names (torch-model-archiver writes one)`,
    received,
    remedy,
    exitCode: ExitCode.usage,
  })
}

/** Whether a path stays inside the folder to which the archive is unpacked. */
export function staysInside(path: string): boolean {
  const plain = path.replaceAll('\\', '/')
  return !posix.isAbsolute(plain) && !/^[A-Za-z]:/.test(plain) && !posix.normalize(plain).startsWith('..')
}

/** What an archive holds. */
interface Contents {
  form: Archive['form']
  /** Paths of its files from its root. */
  paths: readonly string[]
  /** The text of its manifest, if it has one. */
  manifest: string | undefined
  unpackedBytes: number
  hash: string
}

/**
 * Checks a user's own model archive before a server loads it, and returns which model it holds. Only its list of files
 * and its manifest are kept in memory.
 *
 * @param path a .mar (a zip), a gzipped tar, or a folder with the files of one
 * @param name how the user wrote it, for errors
 * @throws UserError (exit code 2) if it is none of these, has no valid manifest or no handler, or has paths that lead
 * outside
 */
export async function readArchive(path: string, name: string = path): Promise<Archive> {
  const { manifest, paths, ...contents } = await readContents(path, name)
  const { model } = parseManifest(name, manifest, paths)
  const handlerFile = model.handler.split(':')[0]!
  // A name without .py is one of TorchServe's own handlers, such as image_classifier.
  if (handlerFile.endsWith('.py') && !paths.includes(handlerFile)) {
    throw refuse(name, `its handler ${handlerFile} is not in it`)
  }
  return { file: path, ...contents, modelName: model.modelName, modelVersion: model.modelVersion ?? '1.0' }
}

function parseManifest(
  path: string,
  text: string | undefined,
  paths: readonly string[],
): z.output<typeof manifestSchema> {
  if (text === undefined) {
    const inner = paths.find((one) => one.endsWith(`/${manifestPath}`))
    const remedy =
      inner === undefined
        ? 'Make an archive with torch-model-archiver, or set server.handler in place of model.archive if the model is one handler file.'
        : `Pack the contents of ${posix.dirname(posix.dirname(inner))} itself.`
    throw refuse(path, `no ${manifestPath}`, remedy)
  }
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (error) {
    throw refuse(path, `its manifest is not JSON: ${messageOf(error)}`)
  }
  const manifest = manifestSchema.safeParse(parsed)
  if (!manifest.success) throw refuse(path, `its manifest: ${z.prettifyError(manifest.error)}`)
  return manifest.data
}

async function readContents(path: string, name: string): Promise<Contents> {
  const pathRemedy = 'Check the path in model.archive.'
  try {
    if ((await stat(path)).isDirectory()) return await readFolder(path)
  } catch (error) {
    if (error instanceof UserError) throw error
    throw refuse(name, messageOf(error), pathRemedy)
  }
  const file = await open(path).catch((error: unknown) => {
    throw refuse(name, messageOf(error), pathRemedy)
  })
  try {
    const start = (await file.read(Buffer.alloc(2), 0, 2, 0)).buffer
    const isGzip = start[0] === 0x1f && start[1] === 0x8b
    return isGzip ? await readTar(path, name) : await readZip(path, name, file)
  } catch (error) {
    if (error instanceof UserError) throw error
    throw refuse(name, messageOf(error))
  } finally {
    await file.close()
  }
}

/** The manifest of a model is a few hundred bytes. */
const mostManifestBytes = 1e6

async function readZip(path: string, name: string, file: FileHandle): Promise<Contents> {
  const entries = await listZip(file, (await file.stat()).size)
  requireInside(name, entries)
  const manifest = entries.find((entry) => entry.path === manifestPath)
  return {
    form: 'zip',
    unpackedBytes: entries.reduce((sum, { bytes }) => sum + bytes, 0),
    paths: entries.map((entry) => entry.path),
    manifest:
      manifest === undefined
        ? undefined
        : (await readZipEntry(file, manifest, mostManifestBytes)).toString('utf8'),
    hash: await hashFile(path, createHash('sha256')).then((hash) => hash.digest('hex')),
  }
}

/** TorchServe leaves out the first folder of each path of a tar, and fails on a path without one (ZipUtils.java). */
async function readTar(path: string, name: string): Promise<Contents> {
  const hash = createHash('sha256')
  const isManifest = (entry: string) => withoutFirst(entry) === manifestPath
  const { entries, contents } = await listTar(path, isManifest, (bytes) => hash.update(bytes))
  const files = entries.filter(({ isFolder }) => !isFolder)
  const bare = files.find((entry) => !entry.path.includes('/') || entry.path.startsWith(manifestPath))
  if (bare !== undefined) {
    throw refuse(
      name,
      `${JSON.stringify(bare.path)} without a folder around it`,
      'Pack the folder itself, because TorchServe leaves out the first folder of each path: tar czf model.tar.gz FOLDER.',
    )
  }
  const inside = files.map((entry) => ({ ...entry, path: withoutFirst(entry.path) }))
  requireInside(name, files)
  requireInside(name, inside)
  return {
    form: 'tgz',
    unpackedBytes: entries.reduce((sum, { bytes }) => sum + bytes, 0),
    paths: inside.map((entry) => entry.path),
    manifest: [...contents.values()].at(-1)?.toString('utf8'),
    hash: hash.digest('hex'),
  }
}

function withoutFirst(path: string): string {
  return path.slice(path.indexOf('/') + 1)
}

/**
 * TorchServe writes the target of a link as a file, or an empty file, so a model with links in its archive is not the
 * one that was packed.
 */
function requireInside(path: string, entries: readonly { path: string; isLink: boolean }[]): void {
  const outside = entries.find((entry) => !staysInside(entry.path))
  if (outside !== undefined)
    throw refuse(path, `an entry that leads outside: ${JSON.stringify(outside.path)}`)
  const link = entries.find((entry) => entry.isLink)
  if (link === undefined) return
  throw refuse(
    path,
    `a link: ${JSON.stringify(link.path)}`,
    'TorchServe does not unpack links. Pack the files themselves (zip and tar: without -y, with -h).',
  )
}

async function readFolder(path: string): Promise<Contents> {
  const files = await filesOf(path)
  const hash = createHash('sha256')
  for (const { name, file } of files) {
    hash.update(`${name}\0`)
    await hashFile(file, hash)
  }
  const manifest = files.find(({ name }) => name === manifestPath)
  return {
    form: 'folder',
    unpackedBytes: 0,
    paths: files.map(({ name }) => name),
    manifest: manifest === undefined ? undefined : await readFile(manifest.file, 'utf8'),
    hash: hash.digest('hex'),
  }
}

/** The files of a folder and its folders, links followed, in the order of their names. */
export async function filesOf(folder: string): Promise<{ name: string; file: string }[]> {
  async function below(inner: string, parents: readonly string[]): Promise<{ name: string; file: string }[]> {
    const found: { name: string; file: string }[] = []
    const real = await realpath(join(folder, inner))
    // A link to a folder around it.
    if (parents.includes(real)) return found
    for (const entry of (await readdir(real)).toSorted()) {
      const name = inner === '' ? entry : `${inner}/${entry}`
      const file = join(real, entry)
      const { mode } = await stat(file)
      if ((mode & 0o170_000) === 0o040_000) found.push(...(await below(name, [...parents, real])))
      else if ((mode & 0o170_000) === 0o100_000) found.push({ name, file })
    }
    return found
  }
  return below('', [])
}

async function hashFile(file: string, hash: Hash): Promise<Hash> {
  const stream: AsyncIterable<Buffer> = createReadStream(file, { highWaterMark: 1 << 20 })
  for await (const bytes of stream) hash.update(bytes)
  return hash
}
