import { BatchQueue } from '../batching/batch-queue.js'
import type { Batch } from '../batching/batch.js'
import type { BatchFormed, BatchOrigin } from './batches-formed.js'

export interface ReplaySettings {
  serverBatchSize: number
  maxBatchDelayMs?: number | undefined
  /** The measurement's start on the machine's monotonic clock. */
  startedClockUs: number
  /** Time when the request was sent. Its arrival in the queue is slightly later and not known. */
  sentUs: (request: number) => number
}

/**
 * TorchServe counts its delay in whole ms of the wall clock (Model.java:454-522), so a batch can be dispatched this
 * much earlier.
 */
const slackUs = 2000

/**
 * How long the members of each batch waited, and where. The embedded server logs it. For TorchServe, each batch is
 * replayed separately with TorchServe's own algorithm: its members arrive when they were sent. Its worker is idle since
 * the end of its last batch and starts to collect when the previous batch was dispatched, because only one worker
 * collects at a time. A batch that the replay cannot form, or forms later than the handler was entered, stays
 * undefined.
 *
 * @param batches the batches with times inside their handler, in any order
 */
export function batchOrigins(
  batches: readonly BatchFormed[],
  settings: ReplaySettings,
): Map<BatchFormed, BatchOrigin> {
  const origins = new Map<BatchFormed, BatchOrigin>()
  const idleSinceUs = new Map<string, number>()
  const since = (clockUs: number) => clockUs - settings.startedClockUs
  let lastDispatchUs = Number.NEGATIVE_INFINITY
  const byEntry = batches
    .filter(({ handler }) => handler !== undefined)
    .toSorted((a, b) => a.handler!.entryUs - b.handler!.entryUs)
  for (const batch of byEntry) {
    const { queue, worker = '' } = batch
    const handler = batch.handler!
    const collectsUs = Math.max(idleSinceUs.get(worker) ?? Number.NEGATIVE_INFINITY, lastDispatchUs)
    const origin: BatchOrigin | undefined =
      queue !== undefined && queue.arrivedUs.length === batch.members.length
        ? {
            basis: 'measured',
            arrivedUs: queue.arrivedUs.map(since),
            poppedUs: since(queue.poppedUs),
            dispatchedUs: since(queue.dispatchedUs),
          }
        : replayed(batch, collectsUs, since(handler.entryUs), settings)
    if (origin !== undefined) origins.set(batch, origin)
    idleSinceUs.set(worker, since(handler.exitUs))
    // Without a replay, the batch was dispatched no later than its handler was entered.
    lastDispatchUs = origin?.dispatchedUs ?? since(handler.entryUs)
  }
  return origins
}

function replayed(
  { members, requestsFormed }: BatchFormed,
  collectsUs: number,
  enteredUs: number,
  { serverBatchSize, maxBatchDelayMs = 0, sentUs }: ReplaySettings,
): BatchOrigin | undefined {
  // It contains requests of other clients, whose arrival times are not known.
  if (members.length !== requestsFormed) return undefined
  const arrivedUs = members.map(sentUs)
  const arrivals = arrivedUs.toSorted((a, b) => a - b)
  if (!Number.isFinite(arrivals[0])) return undefined
  let formed: Batch<number> | undefined
  const queue = new BatchQueue<number>(
    {
      serverBatchSize,
      maxBatchDelayMs: serverBatchSize === 1 ? 0 : maxBatchDelayMs,
      queueCapacity: Number.POSITIVE_INFINITY,
    },
    (batch) => {
      formed ??= batch
    },
  )
  // It makes no difference how long the worker was idle before the first job: the batch begins with that job.
  const idleUs = Math.max(collectsUs, arrivals[0]!)
  let idle = false
  for (const [place, atUs] of arrivals.entries()) {
    if (!idle && idleUs <= atUs) {
      idle = true
      queue.workerIdle(idleUs / 1000, 0)
    }
    queue.offer(atUs / 1000, place)
  }
  if (!idle) queue.workerIdle(idleUs / 1000, 0)
  if (formed === undefined && queue.deadlineMs < Number.POSITIVE_INFINITY) queue.advance(queue.deadlineMs)
  if (formed === undefined || formed.jobs.length !== members.length) return undefined
  const dispatchedUs = formed.dispatchedMs * 1000
  if (dispatchedUs > enteredUs + slackUs) return undefined
  return {
    basis: 'inferred',
    arrivedUs,
    poppedUs: Math.min(formed.poppedMs * 1000, enteredUs),
    dispatchedUs: Math.min(dispatchedUs, enteredUs),
  }
}
