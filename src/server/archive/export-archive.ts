import { basename, resolve } from 'node:path'
import type { ServerBatching } from '../running-server.js'
import { ensurePythonEnvironment, type InstallOptions } from '../torchserve/environment/ensure-environment.js'
import { checkModelFiles } from './model-files.js'
import type { Archive } from './archive-format.js'
import { writeArchive, type ArchivedModel } from './write-archive.js'
import { configLines } from '../management/settings-to-type.js'

export interface ExportedArchive extends Archive {
  /** Lines for config.properties of the server that loads it; undefined without batching options. */
  configLines?: string
}

/**
 * Writes the model archive for the user's own TorchServe. Installs the Python environment first if it is missing,
 * because the weights are created with torch.
 */
export async function exportArchive(
  options: InstallOptions & { out: string; model: ArchivedModel; batching?: ServerBatching },
): Promise<ExportedArchive> {
  const { out, model, batching, signal, onProgress } = options
  await checkModelFiles(model, model.handler)
  const { python } = await ensurePythonEnvironment({ signal, onProgress })
  const archive = await writeArchive({ python, out: resolve(out), model, signal, onProgress })
  if (batching === undefined) return archive
  return { ...archive, configLines: configLines({ ...archive, marName: basename(out) }, batching) }
}

/**
 * Server settings of each batching mode: the server joins requests in server batching, and never in client batching.
 */
export function suggestedBatching(
  mode: 'server' | 'client',
  batchSize: number,
  maxBatchDelayMs: number,
): ServerBatching {
  return mode === 'server'
    ? { serverBatchSize: batchSize, maxBatchDelayMs, workers: 1 }
    : { serverBatchSize: 1, workers: 1 }
}
