import type { ServerBatching } from '../running-server.js'
import type { EmbeddedServer } from './embedded-server.js'

/**
 * Puts batch settings in force as it has to be done on the real server: unregister, register again. Queued
 * jobs of the old registration are never answered.
 */
export async function configureModel(
  server: EmbeddedServer,
  archive: string,
  batching: ServerBatching,
): Promise<void> {
  const known = server.models.all().find((model) => model.settings.archive.file === archive)
  if (known !== undefined) server.models.remove(known.settings.name, known.settings.version).scaleTo(0)
  const model = server.register({
    url: archive,
    batchSize: batching.serverBatchSize,
    // A batch of one never waits, whatever the delay.
    maxBatchDelayMs: batching.maxBatchDelayMs ?? 100,
    responseTimeoutS: 120,
  })
  model.scaleTo(batching.workers)
  await model.whenReady()
}
