import type { RequestColumns } from '../run/record.js'
import type { BatchFormed } from '../run/batches-formed.js'

/**
 * Where the time between sent and answered went, µs; each part absent where it is not known. `sentToHandlerUs`,
 * `decodeUs`, `inferenceUs`, `handlerRestUs`, `handlerToAnswerUs` and `unexplainedUs` sum to the request's latency;
 * the waits lie within `sentToHandlerUs`.
 */
export interface RequestStages {
  batch: BatchFormed
  sentToHandlerUs?: number
  queueWaitUs?: number
  batchWaitUs?: number
  decodeUs?: number
  inferenceUs?: number
  handlerRestUs?: number
  handlerToAnswerUs?: number
  /** In the handler, all of it. */
  handlerUs?: number
  /** The latency less all parts that are known; never spread over them. */
  unexplainedUs?: number
}

/** How far a moment in the handler may lie outside its request before the two clocks are not the same one. */
const clockSlackUs = 1000

/**
 * The parts of each request by its row; a request that stands in no batch has none. With moments inside the handler,
 * on the same clock, all parts are known; with its duration alone, all else is unexplained: network, queue, batch.
 */
export function stagesByRow(
  requests: RequestColumns,
  batches: readonly BatchFormed[],
  startedClockUs: number | undefined,
): (row: number) => RequestStages | undefined {
  const places = new Map<number, { batch: BatchFormed; place: number }>()
  for (const batch of batches)
    for (const [place, request] of batch.members.entries()) places.set(request, { batch, place })
  return (row) => {
    const found = places.get(requests.request[row]!)
    if (found === undefined) return undefined
    const sentUs = requests.sentUs[row]!
    const answeredUs = requests.answeredUs[row]!
    return {
      batch: found.batch,
      ...(momentStages(found.batch, sentUs, answeredUs, startedClockUs) ??
        durationStages(found.batch, sentUs, answeredUs)),
      ...waitStages(found.batch, found.place),
    }
  }
}

function momentStages(
  { handler }: BatchFormed,
  sentUs: number,
  answeredUs: number,
  startedClockUs: number | undefined,
): Omit<RequestStages, 'batch'> | undefined {
  if (handler === undefined || startedClockUs === undefined) return undefined
  const since = (clockUs: number) => clockUs - startedClockUs
  const [entry, decoded] = [since(handler.entryUs), since(handler.decodedUs)]
  const [inferred, exit] = [since(handler.inferredUs), since(handler.exitUs)]
  // NaN, a request that was never answered, fits nowhere either.
  if (!(entry >= sentUs - clockSlackUs && exit <= answeredUs + clockSlackUs)) return undefined
  const parts = {
    sentToHandlerUs: entry - sentUs,
    decodeUs: decoded - entry,
    inferenceUs: inferred - decoded,
    handlerRestUs: exit - inferred,
    handlerToAnswerUs: answeredUs - exit,
  }
  const known = Object.values(parts).reduce((sum, part) => sum + part, 0)
  return { ...parts, handlerUs: exit - entry, unexplainedUs: answeredUs - sentUs - known }
}

function durationStages(
  { handlerMs }: BatchFormed,
  sentUs: number,
  answeredUs: number,
): Omit<RequestStages, 'batch'> {
  if (handlerMs === undefined) return {}
  const latencyUs = answeredUs - sentUs
  return {
    handlerUs: handlerMs * 1000,
    ...(!Number.isNaN(latencyUs) && { unexplainedUs: latencyUs - handlerMs * 1000 }),
  }
}

function waitStages(
  { origin }: BatchFormed,
  place: number,
): Pick<RequestStages, 'queueWaitUs' | 'batchWaitUs'> {
  if (origin === undefined) return {}
  const arrivedUs = origin.arrivedUs[place]!
  return {
    queueWaitUs: Math.max(0, origin.poppedUs - arrivedUs),
    batchWaitUs: Math.max(0, origin.dispatchedUs - Math.max(origin.poppedUs, arrivedUs)),
  }
}
