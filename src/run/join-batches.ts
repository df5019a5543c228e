import { BatchStore } from './batch-store.js'
import type { BatchFormed, LoggedBatches } from './batches-formed.js'
import { openRequestFinder, type RequestFinder, type RequestInBatch } from './find-requests.js'
import { type BatchWithRequests, withOrigins } from './queue-waits.js'
import type { DispatchReason, ServerBatch } from './read-server-batches.js'
import { RequestSet } from './request-set.js'
import { partsOf, type Samples } from './sample-parts.js'

/** The batches of a log with a request of the measurement, joined to its requests; read anew each time. */
export interface JoinedBatches {
  batches: LoggedBatches
  /** Requests of logged batches that are not in the samples: a probe, a warm-up of the server, or another client. */
  unknownRequests: number
  /** Answered requests that are in no logged batch. */
  withoutBatch: number
}

export interface JoinSettings {
  /** The configured B, in requests. */
  serverBatchSize: number
  framesPerRequest: number
  maxBatchDelayMs?: number | undefined
  /** The measurement's start on the clock of the handler's times, µs. Without it they cannot be converted. */
  startedClockUs?: number | undefined
  /** Where the file of a `BatchStore` may be made. */
  storePath?: string | undefined
}

/** Requests of the log with which the search for its beginning begins. */
const firstRequests = 1024

/**
 * Joins the batches of the server's log to the requests of a measurement by x-request-id, which TorchServe generates
 * and writes into both (http/Session.java:26), and determines how each was formed. Batches without a request of this
 * measurement are omitted.
 *
 * @param log in order of completion, nearly; it is read as often as needed
 */
export function joinBatches(
  log: Iterable<ServerBatch>,
  samples: Samples,
  settings: JoinSettings,
): JoinedBatches {
  const joined = new RequestSet()
  let unknownRequests = 0
  const open = () => formBatches(log, samples, settings, (missing) => (unknownRequests += missing))
  const store = new BatchStore(settings.storePath)
  let length = 0
  for (const batch of open()) {
    for (const request of batch.members) joined.add(request)
    length++
    store.add(batch)
  }
  const ofLog = unknownRequests
  return {
    batches: {
      length,
      has: (request) => joined.has(request),
      [Symbol.iterator]: () => (store.isComplete ? store : open())[Symbol.iterator](),
    },
    unknownRequests: ofLog,
    withoutBatch: countWithoutBatch(samples, joined),
  }
}

function* formBatches(
  log: Iterable<ServerBatch>,
  samples: Samples,
  settings: JoinSettings,
  onUnknown: (requests: number) => void,
): Generator<BatchFormed> {
  const { startedClockUs } = settings
  const requests = openRequestFinder(samples, firstIds(log))
  try {
    const sized = joinToRequests(log, requests, settings, onUnknown)
    if (startedClockUs === undefined) for (const { batch } of sized) yield batch
    else yield* withOrigins(sized, { ...settings, startedClockUs })
  } finally {
    requests.close()
  }
}

function firstIds(log: Iterable<ServerBatch>): string[] {
  const ids: string[] = []
  for (const { requestIds } of log) {
    ids.push(...requestIds)
    if (ids.length >= firstRequests) break
  }
  return ids
}

function* joinToRequests(
  log: Iterable<ServerBatch>,
  requests: RequestFinder,
  settings: JoinSettings,
  onUnknown: (requests: number) => void,
): Generator<BatchWithRequests> {
  const { serverBatchSize, framesPerRequest, startedClockUs } = settings
  const idleSinceUs = new Map<string, number>()
  let number = 0
  for (const { worker, requestIds, handlerMs, handler, queue } of log) {
    const members = requestIds.flatMap((id) => requests.find(id) ?? [])
    onUnknown(requestIds.length - members.length)
    const idleUs = idleSinceUs.get(worker)
    if (handler !== undefined) idleSinceUs.set(worker, handler.exitUs - (startedClockUs ?? Number.NaN))
    if (members.length === 0) continue
    const all = members.length === requestIds.length
    const { earliestPopUs, latestDispatchUs } = boundsOf(members, {
      handlerMs,
      handler,
      startedClockUs,
      idleUs,
    })
    const dispatch = dispatchReason({
      ...settings,
      requestsFormed: requestIds.length,
      reported: queue?.reason,
      ...(all && { earliestPopUs, latestDispatchUs }),
    })
    const batch: BatchFormed = {
      batch: number++,
      worker,
      requestsFormed: requestIds.length,
      framesFormed: members.reduce((sum, { frames }) => sum + frames, 0),
      framesAsked: serverBatchSize * framesPerRequest,
      handlerMs,
      dispatch,
      members: members.map(({ request }) => request),
      ...(handler !== undefined && { handler }),
      ...(queue !== undefined && { queue }),
    }
    yield { batch, sentUs: members.map(({ sentUs }) => sentUs) }
  }
}

/** The longest possible collection time of a batch: its bounds in µs since the measurement's start; NaN if unknown. */
function boundsOf(
  members: readonly RequestInBatch[],
  {
    handlerMs,
    handler,
    startedClockUs = Number.NaN,
    idleUs = Number.NEGATIVE_INFINITY,
  }: Pick<ServerBatch, 'handlerMs' | 'handler'> & {
    startedClockUs?: number | undefined
    idleUs?: number | undefined
  },
): { earliestPopUs: number; latestDispatchUs: number } {
  const firstSentUs = Math.min(...members.map(({ sentUs }) => sentUs))
  const firstAnsweredUs = Math.min(...members.map(({ answeredUs }) => answeredUs))
  return {
    // The delay counts from the pop of the first request, by a worker that had finished its previous batch.
    earliestPopUs: Math.max(firstSentUs, Number.isNaN(idleUs) ? Number.NEGATIVE_INFINITY : idleUs),
    latestDispatchUs:
      handler !== undefined && !Number.isNaN(startedClockUs)
        ? handler.entryUs - startedClockUs
        : firstAnsweredUs - handlerMs * 1000,
  }
}

/** Only an answer with status 200 is certain to have gone through a batch. */
function countWithoutBatch(samples: Samples, joined: RequestSet): number {
  let without = 0
  for (const { requests } of partsOf(samples, 'answeredUs', ['status', 'serverRequestId'])) {
    const { request, status, count, serverRequestId } = requests
    for (let row = 0; row < count; row++) {
      if (status[row] !== 200 || joined.has(request[row]!)) continue
      if (serverRequestId.subarray(row * 16, row * 16 + 16).some((byte) => byte !== 0)) without++
    }
  }
  return without
}

export interface BatchEvidence {
  /** Number of requests in the batch, including those of other clients. */
  requestsFormed: number
  serverBatchSize: number
  maxBatchDelayMs?: number | undefined
  /** The reason that the server logged. Nothing is inferred if it is given. */
  reported?: DispatchReason | undefined
  /** Earliest time at which its first request can have been taken from the queue, µs. */
  earliestPopUs?: number | undefined
  /**
   * Latest time at which it can have been dispatched, µs: when the handler was entered, or the time of the answer minus
   * the handler's time.
   */
  latestDispatchUs?: number | undefined
}

/** TorchServe counts whole ms of the wall clock, so a delay can be shorter than configured by this amount. */
const slackUs = 2000

/**
 * The reason why a batch was dispatched. By its size alone, a partial batch was sent by the delay. But TorchServe also
 * ends a batch before a DESCRIBE in the same queue. Such a batch was dispatched before the delay can have passed.
 */
export function dispatchReason(evidence: BatchEvidence): DispatchReason {
  const { requestsFormed, serverBatchSize, maxBatchDelayMs, reported } = evidence
  if (reported !== undefined) return reported
  if (requestsFormed >= serverBatchSize) return 'full'
  if (maxBatchDelayMs === undefined) return 'delay'
  if (maxBatchDelayMs <= 0) return 'no-delay'
  const { earliestPopUs = Number.NaN, latestDispatchUs = Number.NaN } = evidence
  const waitedAtMostUs = latestDispatchUs - earliestPopUs
  return waitedAtMostUs < maxBatchDelayMs * 1000 - slackUs ? 'before-describe' : 'delay'
}
