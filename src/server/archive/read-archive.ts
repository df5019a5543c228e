import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { posix } from 'node:path'
import { unzipSync } from 'fflate'
import { z } from 'zod'
import { ExitCode, UserError, messageOf } from '../../system/user-error.js'
import { manifestPath, manifestSchema, type Archive } from './archive-format.js'

function refuse(file: string, received: string, remedy?: string): UserError {
  return new UserError('this is not a model archive that TorchServe can load', {
    where: file,
    expected: `a zip with ${manifestPath} and the handler that it names (torch-model-archiver writes one)`,
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

/**
 * Checks a user's own model archive before a server loads it, and returns which model it holds.
 *
 * @throws UserError (exit code 2) if it is not a zip, has no valid manifest or no handler, or has paths that lead
 * outside
 */
export async function readArchive(file: string): Promise<Archive> {
  let bytes: Uint8Array
  try {
    bytes = await readFile(file)
  } catch (error) {
    throw refuse(file, messageOf(error), 'Check the path in model.archive.')
  }
  const paths: string[] = []
  let manifest: unknown
  try {
    const found = unzipSync(bytes, {
      filter: ({ name }) => {
        paths.push(name)
        return name === manifestPath
      },
    })
    const text = found[manifestPath]
    if (text !== undefined) manifest = JSON.parse(new TextDecoder().decode(text))
  } catch (error) {
    throw refuse(file, paths.length === 0 ? 'not a zip file' : messageOf(error))
  }
  const outside = paths.find((path) => !staysInside(path))
  if (outside !== undefined) throw refuse(file, `an entry that leads outside: ${JSON.stringify(outside)}`)
  const parsed = manifestSchema.safeParse(manifest)
  if (!parsed.success) {
    const wrong =
      manifest === undefined ? `no ${manifestPath}` : `its manifest: ${z.prettifyError(parsed.error)}`
    throw refuse(file, wrong)
  }
  const { model } = parsed.data
  const handlerFile = model.handler.split(':')[0]!
  // A name without .py is one of TorchServe's own handlers, such as image_classifier.
  if (handlerFile.endsWith('.py') && !paths.includes(handlerFile)) {
    throw refuse(file, `its handler ${handlerFile} is not in it`)
  }
  return {
    file,
    modelName: model.modelName,
    modelVersion: model.modelVersion ?? '1.0',
    hash: createHash('sha256').update(bytes).digest('hex'),
  }
}
