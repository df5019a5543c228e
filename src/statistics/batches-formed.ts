import type { HandlerTimes } from '../server-log/server-batch.js'

/** One batch that the server really ran, joined to the requests in it. */
export interface BatchFormed {
  /** From 0 within the measurement. */
  batch: number
  worker?: string
  requestsFormed: number
  framesFormed: number
  framesAsked: number
  /** Time in the handler (TorchServe's PredictionTime). */
  handlerMs?: number
  /** Full, or sent because maxBatchDelay had passed. */
  dispatch?: 'full' | 'delay'
  /** `request` numbers of the measurement. */
  members: number[]
  /** Moments inside our own handler, on the machine's monotonic clock; absent with somebody else's. */
  handler?: HandlerTimes
}

/** Mean frames in a batch, over the batches of the measurement; undefined where none is known. */
export function batchFormedMean(batches: BatchFormed[] | undefined): number | undefined {
  if (batches === undefined || batches.length === 0) return undefined
  return batches.reduce((sum, batch) => sum + batch.framesFormed, 0) / batches.length
}
