import { access, constants, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ExitCode, UserError, messageOf } from '../../system/user-error.js'
import { packageRoot } from '../../system/package-root.js'
import type { ModelSettings } from '../../scenario/plan/plan.js'
import type { OnProgress } from '../../system/progress.js'
import type { Archive } from './archive-format.js'
import { isArchiveAddress } from '../../scenario/grammar/archive-address.js'
import { downloadArchive } from './download-archive.js'
import { readArchive } from './read-archive.js'

/** The Python side of the model, in a clone as in an installed package. */
export const modelFolder = join(packageRoot, 'fixtures', 'model')

export const handlerName = 'handler.py'

/** The files of the included model archive, without weights. `handler` replaces the included handler. */
export async function readModelFiles(handler?: string): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>()
  for (const name of ['frames.py', 'model.py']) files.set(name, await readFile(join(modelFolder, name)))
  try {
    files.set(handlerName, await readFile(handler ?? join(modelFolder, handlerName)))
  } catch (error) {
    throw new UserError('the handler file cannot be read', {
      where: handler,
      received: messageOf(error),
      remedy: 'Use the path of a Python file with one class that has initialize and handle.',
      exitCode: ExitCode.usage,
      cause: error,
    })
  }
  return files
}

/**
 * Checks the model's files before an installation that takes minutes.
 *
 * @returns the user's own archive; undefined for the included model
 * @throws UserError (exit code 2) if archive, handler or weights cannot be read, or if both archive and handler are
 * given
 */
export async function checkModelFiles(
  model: Pick<ModelSettings, 'archive' | 'weights'>,
  handler: string | undefined,
  options: { signal?: AbortSignal | undefined; onProgress?: OnProgress | undefined } = {},
): Promise<Archive | undefined> {
  const { archive } = model
  if (archive !== undefined) {
    if (handler === undefined) {
      if (!isArchiveAddress(archive)) return readArchive(archive)
      return readArchive(await downloadArchive(archive, options), archive)
    }
    throw new UserError('model.archive and a handler cannot be combined', {
      where: handler,
      expected: 'model.archive, which has its own handler, or a handler for the default model',
      remedy: 'Remove one of the two.',
    })
  }
  await readModelFiles(handler)
  await checkWeights(model.weights)
  return undefined
}

/** Whether weights are a file; other values are created or downloaded. */
export function isWeightsFile(weights: string): boolean {
  return weights !== 'seeded' && weights !== 'pretrained'
}

export async function checkWeights(weights: string): Promise<void> {
  if (!isWeightsFile(weights)) return
  try {
    await access(weights, constants.R_OK)
  } catch (error) {
    throw new UserError('the weights file cannot be read', {
      where: weights,
      expected: 'seeded, pretrained, or the path of a ResNet-18 state dict',
      received: messageOf(error),
      remedy: 'Check the path in model.weights.',
      cause: error,
    })
  }
}
