import type { RequestColumns } from '../samples/sample-columns.js'
import type { ServerBatch } from '../server-log/server-batch.js'
import type { BatchFormed } from './batches-formed.js'

export interface JoinedBatches {
  batches: BatchFormed[]
  /** Requests of a batch in the log that no sample knows: a probe, a warm-up of the server, or another client. */
  unknownRequests: number
  /** Answered requests that stand in no batch of the log. */
  withoutBatch: number
}

/**
 * Joins the batches of the server's log to the requests of a measurement by x-request-id, which TorchServe makes
 * itself and puts into both (S/http/Session.java:26). A batch none of whose requests is ours is left out.
 * @param serverBatchSize B as asked, in requests; a batch of fewer was sent because the delay had passed
 */
export function joinBatches(
  serverBatches: readonly ServerBatch[],
  requests: RequestColumns,
  { serverBatchSize, framesPerRequest }: { serverBatchSize: number; framesPerRequest: number },
): JoinedBatches {
  const rowById = rowsById(requests)
  const joined = new Set<number>()
  const batches: BatchFormed[] = []
  let unknownRequests = 0
  for (const { worker, requestIds, handlerMs, handler } of serverBatches) {
    const rows = requestIds.flatMap((id) => {
      const row = rowById.get(hexOf(id))
      return row === undefined ? [] : [row]
    })
    unknownRequests += requestIds.length - rows.length
    if (rows.length === 0) continue
    for (const row of rows) joined.add(row)
    batches.push({
      batch: batches.length,
      worker,
      requestsFormed: requestIds.length,
      framesFormed: rows.reduce((sum, row) => sum + requests.frames[row]!, 0),
      framesAsked: serverBatchSize * framesPerRequest,
      handlerMs,
      dispatch: requestIds.length >= serverBatchSize ? 'full' : 'delay',
      members: rows.map((row) => requests.request[row]!),
      ...(handler !== undefined && { handler }),
    })
  }
  return { batches, unknownRequests, withoutBatch: answeredIds(requests) - joined.size }
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
function answeredIds({ status, count, serverRequestId }: RequestColumns): number {
  let answered = 0
  for (let row = 0; row < count; row++) {
    const hasId = serverRequestId.subarray(row * 16, row * 16 + 16).some((byte) => byte !== 0)
    if (status[row] === 200 && hasId) answered++
  }
  return answered
}
