import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { cacheFolder } from '../../system/cache-folder.js'
import type { ModelSettings } from '../../scenario/schema/settings.js'
import { makeWeights, type MakeWeightsOptions } from './make-weights.js'
import { readModelFiles } from './model-files.js'
import { readArchive } from './read-archive.js'
import { markUsed, removeUnused } from './unused-archives.js'
import { writeArchive, type Archive } from './write-archive.js'

/**
 * The archive of a scenario's model: the user's own, checked, or ours, written once and kept in the cache under the
 * hash of what is in it.
 *
 * @param handler a handler file in place of ours
 */
export async function modelArchive(
  model: ModelSettings,
  handler: string | undefined,
  options: MakeWeightsOptions,
): Promise<Archive> {
  if (model.archive !== undefined) return await readArchive(model.archive)
  const weightsFile = await makeWeights(model.weights, options)
  const hash = createHash('sha256').update(weightsFile).update(model.name)
  for (const [name, bytes] of await readModelFiles(handler)) hash.update(name).update(bytes)
  const key = hash.digest('hex').slice(0, 16)
  const out = join(cacheFolder(), 'archives', `${key}.mar`)
  if (existsSync(out)) {
    await markUsed(out)
    const fileHash = createHash('sha256')
      .update(await readFile(out))
      .digest('hex')
    return { file: out, modelName: model.name, modelVersion: '1.0', hash: fileHash }
  }
  await removeUnused(dirname(out))
  return await writeArchive({ ...options, out, model: { ...model, handler } })
}
