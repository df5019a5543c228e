import { BatchQueue } from '../batching/batch-queue.js'
import type { Batch } from '../batching/batch.js'
import type { BatchFormed, BatchOrigin } from './batches-formed.js'

export interface ReplaySettings {
  serverBatchSize: number
  maxBatchDelayMs?: number | undefined
  /** The measurement's start on the machine's monotonic clock. */
  startedClockUs: number
}

/**
 * TorchServe counts its delay in whole ms of the wall clock (Model.java:454-522), so a batch can be dispatched this
 * much earlier.
 */
const slackUs = 2000

/** A batch, and when each of its members was sent, µs. */
export interface BatchWithRequests {
  batch: BatchFormed
  sentUs: number[]
}

/** A log is in order of exit. Batches that were entered before another one are at most so many batches behind it. */
const furthestBehind = 4096

/**
 * How long the members of each batch waited, and where. The embedded server logs it. For TorchServe, each batch is
 * replayed separately with TorchServe's own algorithm: its members arrive when they were sent. Its worker is idle since
 * the end of its last batch and starts to collect when the previous batch was dispatched, because only one worker
 * collects at a time. A batch that the replay cannot form, or forms later than the handler was entered, stays
 * undefined, and so does one without times inside its handler.
 */
export function* withOrigins(
  batches: Iterable<BatchWithRequests>,
  settings: ReplaySettings,
): Generator<BatchFormed> {
  const findOrigin = openReplay(settings)
  const inOrder: BatchFormed[] = []
  /** In order of entry. */
  const waiting: BatchWithRequests[] = []
  const isWaiting = new Set<BatchFormed>()
  function decideFirst(): void {
    const { batch, sentUs } = waiting.shift()!
    const origin = findOrigin(batch, sentUs)
    if (origin !== undefined) batch.origin = origin
    isWaiting.delete(batch)
  }
  for (const one of batches) {
    inOrder.push(one.batch)
    if (one.batch.handler !== undefined) {
      insertByEntry(waiting, one)
      isWaiting.add(one.batch)
    }
    if (waiting.length > furthestBehind) decideFirst()
    while (inOrder.length > 0 && !isWaiting.has(inOrder[0]!)) yield inOrder.shift()!
  }
  while (waiting.length > 0) decideFirst()
  yield* inOrder
}

function insertByEntry(waiting: BatchWithRequests[], one: BatchWithRequests): void {
  const entryUs = ({ batch }: BatchWithRequests) => batch.handler!.entryUs
  let place = waiting.push(one) - 1
  for (; place > 0 && entryUs(waiting[place - 1]!) > entryUs(one); place--)
    waiting[place] = waiting[place - 1]!
  waiting[place] = one
}

/** Takes the batches in order of entry. */
function openReplay(
  settings: ReplaySettings,
): (batch: BatchFormed, sentUs: readonly number[]) => BatchOrigin | undefined {
  const idleSinceUs = new Map<string, number>()
  const since = (clockUs: number) => clockUs - settings.startedClockUs
  let lastDispatchUs = Number.NEGATIVE_INFINITY
  return (batch, sentUs) => {
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
        : replayed(batch, sentUs, { collectsUs, enteredUs: since(handler.entryUs), ...settings })
    idleSinceUs.set(worker, since(handler.exitUs))
    // Without a replay, the batch was dispatched no later than its handler was entered.
    lastDispatchUs = origin?.dispatchedUs ?? since(handler.entryUs)
    return origin
  }
}

function replayed(
  { members, requestsFormed }: BatchFormed,
  sentUs: readonly number[],
  {
    collectsUs,
    enteredUs,
    serverBatchSize,
    maxBatchDelayMs = 0,
  }: ReplaySettings & { collectsUs: number; enteredUs: number },
): BatchOrigin | undefined {
  // It contains requests of other clients, whose arrival times are not known.
  if (members.length !== requestsFormed) return undefined
  const arrivedUs = [...sentUs]
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
