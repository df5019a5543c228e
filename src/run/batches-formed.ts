import type { DispatchReason, HandlerTimes, QueueTimes } from './read-server-batches.js'

/** One batch that the server really ran, joined to the requests in it. */
export interface BatchFormed {
  /** From 0 within the measurement. */
  batch: number
  worker?: string | undefined
  requestsFormed: number
  framesFormed: number
  framesAsked: number
  /** Time in the handler (TorchServe's PredictionTime). */
  handlerMs?: number | undefined
  /** Why it left when it did. */
  dispatch?: DispatchReason | undefined
  /** `request` numbers of the measurement. */
  members: number[]
  /** Moments inside our own handler, on the machine's monotonic clock; absent with any other handler. */
  handler?: HandlerTimes | undefined
  /** Its queue as the embedded server logged it. */
  queue?: QueueTimes | undefined
  /** Absent if it is neither known nor could be inferred. */
  origin?: BatchOrigin | undefined
}

/**
 * How a batch came about, µs since the measurement's start. `measured` if the server logged its own times, `inferred`
 * if TorchServe's batching was replayed on what is known from outside.
 */
export interface BatchOrigin {
  basis: 'measured' | 'inferred'
  /** When each member joined the queue, in the order of `members`. */
  arrivedUs: number[]
  poppedUs: number
  dispatchedUs: number
}
