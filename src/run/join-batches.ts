import type { RequestColumns } from './record.js'
import type { DispatchReason, ServerBatch } from './read-server-batches.js'
import type { BatchFormed } from './batches-formed.js'
import { batchOrigins } from './queue-waits.js'

export interface JoinedBatches {
  batches: BatchFormed[]
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
}

/**
 * Joins the batches of the server's log to the requests of a measurement by x-request-id, which TorchServe generates
 * and writes into both (http/Session.java:26), and determines how each was formed. Batches without a request of this
 * measurement are omitted.
 */
export function joinBatches(
  serverBatches: readonly ServerBatch[],
  requests: RequestColumns,
  settings: JoinSettings,
): JoinedBatches {
  const { serverBatchSize, framesPerRequest, startedClockUs } = settings
  const rowById = rowsById(requests)
  const rowOfRequest = new Map<number, number>()
  const idleSinceUs = new Map<string, number>()
  const batches: BatchFormed[] = []
  let unknownRequests = 0
  for (const { worker, requestIds, handlerMs, handler, queue } of serverBatches) {
    const rows = requestIds.flatMap((id) => rowById.get(hexOf(id)) ?? [])
    unknownRequests += requestIds.length - rows.length
    const idleUs = idleSinceUs.get(worker)
    if (handler !== undefined) idleSinceUs.set(worker, handler.exitUs - (startedClockUs ?? Number.NaN))
    if (rows.length === 0) continue
    for (const row of rows) rowOfRequest.set(requests.request[row]!, row)
    const all = rows.length === requestIds.length
    const { earliestPopUs, latestDispatchUs } = boundsOf(rows, requests, {
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
    batches.push({
      batch: batches.length,
      worker,
      requestsFormed: requestIds.length,
      framesFormed: rows.reduce((sum, row) => sum + requests.frames[row]!, 0),
      framesAsked: serverBatchSize * framesPerRequest,
      handlerMs,
      dispatch,
      members: rows.map((row) => requests.request[row]!),
      ...(handler !== undefined && { handler }),
      ...(queue !== undefined && { queue }),
    })
  }
  if (startedClockUs !== undefined) {
    const sentUs = (request: number) => requests.sentUs[rowOfRequest.get(request)!]!
    const origins = batchOrigins(batches, { ...settings, startedClockUs, sentUs })
    for (const [batch, origin] of origins) batch.origin = origin
  }
  return { batches, unknownRequests, withoutBatch: countWithoutBatch(requests, rowOfRequest) }
}

/** The longest possible collection time of a batch: its bounds in µs since the measurement's start; NaN if unknown. */
function boundsOf(
  rows: readonly number[],
  { sentUs, answeredUs }: RequestColumns,
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
  const first = (times: Float64Array) => Math.min(...rows.map((row) => times[row]!))
  return {
    // The delay counts from the pop of the first request, by a worker that had finished its previous batch.
    earliestPopUs: Math.max(first(sentUs), Number.isNaN(idleUs) ? Number.NEGATIVE_INFINITY : idleUs),
    latestDispatchUs:
      handler !== undefined && !Number.isNaN(startedClockUs)
        ? handler.entryUs - startedClockUs
        : first(answeredUs) - handlerMs * 1000,
  }
}

/** x-request-id as 32 hexadecimal digits → row; requests without an id are not in it. */
function rowsById({ serverRequestId, count }: RequestColumns): Map<string, number> {
  const bytes = Buffer.from(serverRequestId.buffer, serverRequestId.byteOffset, serverRequestId.byteLength)
  const rows = new Map<string, number>()
  for (let row = 0; row < count; row++) {
    const id = bytes.toString('hex', row * 16, row * 16 + 16)
    if (id !== absent) rows.set(id, row)
  }
  return rows
}

const absent = '0'.repeat(32)

function hexOf(uuid: string): string {
  return uuid.replaceAll('-', '').toLowerCase()
}

/** Only an answer with status 200 is certain to have gone through a batch. */
function countWithoutBatch(
  { request, status, count, serverRequestId }: RequestColumns,
  joined: ReadonlyMap<number, number>,
): number {
  let without = 0
  for (let row = 0; row < count; row++) {
    if (status[row] !== 200 || joined.has(request[row]!)) continue
    if (serverRequestId.subarray(row * 16, row * 16 + 16).some((byte) => byte !== 0)) without++
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
