import { createHash } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import { ExitCode, UserError, messageOf } from '../../system/user-error.js'
import type { MakeWeightsOptions } from './make-weights.js'
import { makeWeights } from './make-weights.js'
import { handlerName, readModelFiles } from './model-files.js'
import { packArchive } from './pack-archive.js'

export interface ArchivedModel {
  name: string
  /** `seeded`, `pretrained`, or a state-dict file. */
  weights: string
  /** A handler file in place of ours. */
  handler?: string
}

export interface Archive {
  /** Path of the .mar. */
  file: string
  modelName: string
  modelVersion: string
  /** SHA-256 of the file. */
  hash: string
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
 * @throws UserError: weights or handler that can't be used, a file that can't be written (exit code 3)
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
      remedy: 'Give a path that you may write to, on a disk with 50 MB free.',
      exitCode: ExitCode.environment,
      cause: error,
    })
  }
  const hash = createHash('sha256').update(bytes).digest('hex')
  return { file: out, modelName: model.name, modelVersion, hash }
}
