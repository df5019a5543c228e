import { access, constants } from 'node:fs/promises'
import { UserError, messageOf } from '../../system/user-error.js'
import type { ModelSettings } from '../../scenario/schema/settings.js'
import { readModelFiles } from './model-files.js'
import { readArchive } from './read-archive.js'

/**
 * Refuses files that cannot be a model, before minutes are spent on an installation.
 *
 * @throws UserError with exit code 2: archive, handler or weights that cannot be read, an archive and a handler
 */
export async function checkModelFiles(
  model: Pick<ModelSettings, 'archive' | 'weights'>,
  handler: string | undefined,
): Promise<void> {
  if (model.archive !== undefined) {
    if (handler === undefined) {
      await readArchive(model.archive)
      return
    }
    throw new UserError('a handler cannot be put into an archive of yours', {
      where: handler,
      expected: 'either model.archive, with its own handler, or a handler for the model that ships',
      remedy: 'Leave one of the two out.',
    })
  }
  await readModelFiles(handler)
  await checkWeights(model.weights)
}

/** Whether weights are a file; the other words are made or downloaded. */
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
