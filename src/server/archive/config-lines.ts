import type { ServerBatching } from '../running-server.js'
import { formatProperties } from '../torchserve/config-properties.js'

/**
 * The lines of config.properties with which somebody's own TorchServe loads the archive at its start, batching as
 * given. The `models` property is JSON in Java's Properties format: {name: {version: settings}}. A delay of 0 can't
 * be set this way (values ≤ 0 are ignored: ModelManager.java), which a batch of one does not need. Pure.
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
 * What each way of batching asks of the server: server batching joins requests there, client batching must not.
 * Pure.
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
