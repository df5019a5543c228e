import { createHash } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import { ExitCode, UserError, messageOf } from '../../system/user-error.js'
import { markUsed, removeUnusedArchives } from './kept-archives.js'
import { makeWeights, type MakeWeightsOptions } from './make-weights.js'
import { handlerName, readModelFiles } from './model-files.js'
import { packArchive, type Archive } from './archive-format.js'
import { readArchive } from './read-archive.js'
import { existsSync } from 'node:fs'
import { cacheFolder } from '../../system/cache-folder.js'
import type { ModelSettings } from '../../scenario/plan/plan.js'

export interface ArchivedModel {
  name: string
  /** `seeded`, `pretrained`, or a state-dict file. */
  weights: string
  /** A handler file in place of the included one. */
  handler?: string | undefined
}

const modelVersion = '1.0'

/** The archive's bytes; equal models give equal bytes. */
async function packModel(model: ArchivedModel, options: MakeWeightsOptions): Promise<Uint8Array> {
  const files = await readModelFiles(model.handler)
  files.set('weights.pt', await readFile(await makeWeights(model.weights, options)))
  return packArchive(
    {
      modelName: model.name,
      modelVersion,
      handler: handlerName,
      modelFile: 'model.py',
      serializedFile: 'weights.pt',
    },
    files,
  )
}

/**
 * Writes the model archive for a TorchServe.
 *
 * @throws UserError: weights or handler that cannot be used, a file that cannot be written (exit code 3)
 */
export async function writeArchive(
  options: MakeWeightsOptions & { out: string; model: ArchivedModel },
): Promise<Archive> {
  const { out, model } = options
  const bytes = await packModel(model, options)
  try {
    await mkdir(dirname(out), { recursive: true })
    await writeFileAtomic(out, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  } catch (error) {
    throw new UserError('the model archive cannot be written', {
      where: out,
      received: messageOf(error),
      remedy: 'Choose a path that you may write to, on a disk with 50 MB free.',
      exitCode: ExitCode.environment,
      cause: error,
    })
  }
  return readArchive(out)
}

/**
 * The archive with the included model, which is written once and kept in the cache under the hash of its contents.
 *
 * @param handler a handler file in place of the included one
 */
export async function includedArchive(
  model: ModelSettings,
  handler: string | undefined,
  options: MakeWeightsOptions,
): Promise<Archive> {
  const weightsFile = await makeWeights(model.weights, options)
  const hash = createHash('sha256').update(weightsFile).update(model.name)
  for (const [name, bytes] of await readModelFiles(handler)) hash.update(name).update(bytes)
  const key = hash.digest('hex').slice(0, 16)
  const out = join(cacheFolder(), 'archives', `${key}.mar`)
  if (existsSync(out)) {
    await markUsed(out)
    return readArchive(out)
  }
  await removeUnusedArchives(dirname(out))
  return await writeArchive({ ...options, out, model: { ...model, handler } })
}
