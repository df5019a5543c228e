import type { RequestColumns } from './record.js'
import type { DispatchReason, ServerBatch } from './read-server-batches.js'
import type { BatchFormed } from './batches-formed.js'
import { batchOrigins } from './queue-waits.js'

export interface JoinedBatches {
  batches: BatchFormed[]
  /** Requests of a batch in the log that no sample knows: a probe, a warm-up of the server, or another client. */
  unknownRequests: number
  /** Answered requests that stand in no batch of the log. */
  withoutBatch: number
}

export interface JoinSettings {
  /** B as asked, in requests. */
  serverBatchSize: number
  framesPerRequest: number
  maxBatchDelayMs?: number | undefined
  /** The measurement's start on the clock of the handler's moments, µs; without it they cannot be placed. */
  startedClockUs?: number | undefined
}

/**
 * Joins the batches of the server's log to the requests of a measurement by x-request-id, which TorchServe makes
 * itself and puts into both (http/Session.java:26), and says how each came about. A batch none of whose requests
 * is ours is left out.
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
      told: queue?.reason,
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

/** Between which moments a batch was collected at the most, µs since the measurement's start; NaN where unknown. */
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
    // The delay counts from the pop of the first request, by a worker that was through with its last batch.
    earliestPopUs: Math.max(first(sentUs), Number.isNaN(idleUs) ? Number.NEGATIVE_INFINITY : idleUs),
    latestDispatchUs:
      handler !== undefined && !Number.isNaN(startedClockUs)
        ? handler.entryUs - startedClockUs
        : first(answeredUs) - handlerMs * 1000,
  }
}

/** x-request-id as 32 hexadecimal digits → row; requests that got no id are not in it. */
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

/** Only an answer of status 200 went through a batch for certain. */
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
  /** Requests in the batch, those of other clients included. */
  requestsFormed: number
  serverBatchSize: number
  maxBatchDelayMs?: number | undefined
  /** As the server logged it; nothing has to be inferred then. */
  told?: DispatchReason | undefined
  /** The earliest that its first request can have been taken from the queue, µs. */
  earliestPopUs?: number | undefined
  /** The latest that it can have left: the handler was entered, or the answer there less the handler's time, µs. */
  latestDispatchUs?: number | undefined
}

/** TorchServe counts in whole ms of the wall clock, so a delay can be that much shorter than asked. */
const slackUs = 2000

/**
 * Why a batch left when it did. By its size alone a partial batch was sent by the delay; but TorchServe also cuts a
 * batch before a DESCRIBE that shares its queue, and such a batch shows by having left before the delay can have
 * passed.
 */
export function dispatchReason(evidence: BatchEvidence): DispatchReason {
  const { requestsFormed, serverBatchSize, maxBatchDelayMs, told } = evidence
  if (told !== undefined) return told
  if (requestsFormed >= serverBatchSize) return 'full'
  if (maxBatchDelayMs === undefined) return 'delay'
  if (maxBatchDelayMs <= 0) return 'no-delay'
  const { earliestPopUs = Number.NaN, latestDispatchUs = Number.NaN } = evidence
  const waitedAtMostUs = latestDispatchUs - earliestPopUs
  return waitedAtMostUs < maxBatchDelayMs * 1000 - slackUs ? 'before-describe' : 'delay'
}
