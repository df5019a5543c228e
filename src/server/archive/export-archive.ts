import { basename, resolve } from 'node:path'

import type { ServerBatching } from '../running-server.js'
import type { InstallOptions } from '../torchserve/environment/ensure-environment.js'
import { ensurePythonEnvironment } from '../torchserve/environment/ensure-environment.js'
import { checkModelFiles } from './check-model-files.js'
import { configLines } from './config-lines.js'
import { writeArchive, type Archive, type ArchivedModel } from './write-archive.js'

export interface ExportedArchive extends Archive {
  /** For config.properties of the server that loads it; undefined where no batching was asked for. */
  configLines?: string
}

/**
 * Writes the model archive for a TorchServe of the user's own; installs the Python environment first where it is
 * missing, because the weights are made with torch.
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
