import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ExitCode, UserError, messageOf } from '../../system/user-error.js'
import { packageRoot } from '../../system/package-root.js'

/** The Python side of the model, in a clone as in an installed package. */
export const modelFolder = join(packageRoot, 'fixtures', 'model')

export const handlerName = 'handler.py'

/** The files that a model archive of ours holds besides its weights; `handler` replaces the one that ships. */
export async function readModelFiles(handler?: string): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>()
  for (const name of ['frames.py', 'model.py']) files.set(name, await readFile(join(modelFolder, name)))
  try {
    files.set(handlerName, await readFile(handler ?? join(modelFolder, handlerName)))
  } catch (error) {
    throw new UserError('the handler file cannot be read', {
      where: handler,
      received: messageOf(error),
      remedy: 'Give the path of a Python file with one class that has initialize and handle.',
      exitCode: ExitCode.usage,
      cause: error,
    })
  }
  return files
}
