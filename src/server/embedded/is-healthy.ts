import type { LiveModel } from './live-model.js'

/** maxRetryTimeoutInSec: how long a worker may fail until /ping says so. */
const maxRetryTimeoutMs = 300_000

/** What /ping tells of the default versions: healthy also while workers load, and for long after one has died. */
export function isHealthy(models: LiveModel[], nowMs: number): boolean {
  return models.every(({ workers, workerIds }) =>
    workerIds.every((_, worker) => nowMs - (workers.failingSinceMs(worker) ?? nowMs) <= maxRetryTimeoutMs),
  )
}
