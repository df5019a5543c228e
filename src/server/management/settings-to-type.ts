import { formatProperties } from '../torchserve/server-files.js'
import type { ServerBatching } from '../running-server.js'
import { callUrl } from './call-api.js'
import { modelPath } from './describe-model.js'
import { registrationQuery, type Registration } from './register-model.js'

/**
 * The lines of config.properties with which the user's own TorchServe loads the archive at its start, with the given
 * batching. The `models` property is JSON in Java's Properties format: {name: {version: settings}}. A delay of 0 cannot
 * be set this way (values ≤ 0 are ignored: wlm/ModelManager.java); a batch of one needs no delay.
 */
export function configLines(
  archive: { modelName: string; modelVersion: string; marName: string },
  { serverBatchSize, maxBatchDelayMs, workers }: ServerBatching,
): string {
  const settings = {
    marName: archive.marName,
    minWorkers: workers,
    maxWorkers: workers,
    batchSize: serverBatchSize,
    ...(maxBatchDelayMs !== undefined && { maxBatchDelay: maxBatchDelayMs }),
  }
  return formatProperties({
    load_models: archive.marName,
    models: JSON.stringify({ [archive.modelName]: { [archive.modelVersion]: settings } }),
  })
}

/**
 * Calls for a shell that register a model anew. TorchServe changes batchSize and maxBatchDelay in no other way: PUT
 * /models/{model} sets only the workers. The server needs enable_model_api=true.
 */
export function registerCommands(managementUrl: string, registration: Registration): string[] {
  const { modelName, modelVersion } = registration
  return [
    managementCommand('DELETE', managementUrl, modelPath({ name: modelName, version: modelVersion })),
    managementCommand('POST', managementUrl, '/models', registrationQuery(registration)),
  ]
}

/** A call of the management API for a shell. */
export function managementCommand(
  method: string,
  managementUrl: string,
  path: string,
  query: Record<string, string | number | boolean> = {},
): string {
  return `curl -X ${method} '${callUrl({ url: managementUrl }, path, query).href}'`
}
