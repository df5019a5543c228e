import type { RequestColumns } from '../run/record.js'
import type { Batches, BatchFormed } from '../run/batches-formed.js'
import { type BatchFinder, openBatchFinder } from '../run/find-batches.js'

/**
 * The parts of the time between sent and answered, µs. A part is absent if it is not known. `sentToHandlerUs`,
 * `decodeUs`, `inferenceUs`, `handlerRestUs`, `handlerToAnswerUs` and `unexplainedUs` sum to the request's latency; the
 * waits lie within `sentToHandlerUs`.
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
  /** Total time in the handler. */
  handlerUs?: number
  /** The latency minus all known parts. It is never distributed over them. */
  unexplainedUs?: number
}

/** If a moment in the handler lies further outside its request, the two clocks are not the same. */
const clockSlackUs = 1000

/** The stages of requests, while batches and samples are read once. */
export interface StagesReader extends Pick<BatchFinder, 'close'> {
  /** By row of a part of the samples; a request that is in no batch has none. */
  ofPart: (requests: RequestColumns) => (row: number) => RequestStages | undefined
}

/**
 * If the server reports moments inside the handler on the same clock, all parts of a request are known. If it reports the
 * duration only, the rest (network, queue, batch) is unexplained.
 */
export function openStages(batches: Batches, startedClockUs: number | undefined): StagesReader {
  const finder = openBatchFinder(batches)
  return {
    ofPart(requests) {
      const batchOf = finder.ofPart(requests)
      return (row) => {
        const found = batchOf(row)
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
    },
    close: finder.close,
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
  // This also excludes NaN, a request that was never answered.
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
