import { BatchQueue } from '../batching/batch-queue.js'
import type { Batch } from '../batching/batch.js'
import type { BatchFormed, BatchOrigin } from './batches-formed.js'

export interface ReplaySettings {
  serverBatchSize: number
  maxBatchDelayMs?: number | undefined
  /** The measurement's start on the machine's monotonic clock. */
  startedClockUs: number
  /** When a request left; the queue's own arrival lies a little later and is not known. */
  sentUs: (request: number) => number
}

/** TorchServe counts its delay in whole ms of the wall clock (Model.java:454-522), so a batch can leave that early. */
const slackUs = 2000

/**
 * Where the members of each batch waited. The embedded server reports it. On a real one each batch is formed again, alone,
 * in TorchServe's own algorithm: its members arrive when they were sent; its worker is idle since the exit from its
 * last batch, and collects once the batch before has left, for one worker at a time collects. What the replay can't
 * form, or only later than the handler was really entered, stays undefined: nothing is made to fit.
 *
 * @param batches those with the moments inside their handler, in any order
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
    // Without a replay the batch left at the latest when its handler was entered.
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
  // Requests of other clients are in it: when they came is not known.
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
  // A worker that was idle before the first job makes no difference: the batch begins with the job.
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
