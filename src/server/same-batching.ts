import type { ServerBatching } from './running-server.js'

/** Whether two settings ask the same of a server: a batch of one never waits, whatever its delay. Pure. */
export function sameBatching(one: ServerBatching, other: ServerBatching): boolean {
  return (
    one.serverBatchSize === other.serverBatchSize &&
    one.workers === other.workers &&
    (one.serverBatchSize === 1 || one.maxBatchDelayMs === other.maxBatchDelayMs)
  )
}
