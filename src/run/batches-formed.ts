import type { DispatchReason } from './dispatch-reason.js'
import type { HandlerTimes, QueueTimes } from './server-batch.js'

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
  /** Why it left when it did. */
  dispatch?: DispatchReason
  /** `request` numbers of the measurement. */
  members: number[]
  /** Moments inside our own handler, on the machine's monotonic clock; absent with somebody else's. */
  handler?: HandlerTimes
  /** Its queue as the embedded server told it. */
  queue?: QueueTimes
  /** Absent where it is not known and could not be inferred. */
  origin?: BatchOrigin
}

/**
 * How a batch came about, µs since the measurement's start. `measured` where the server told its own times, `inferred`
 * where TorchServe's batching was replayed on what is known from outside.
 */
export interface BatchOrigin {
  basis: 'measured' | 'inferred'
  /** When each member joined the queue, in the order of `members`. */
  arrivedUs: number[]
  poppedUs: number
  dispatchedUs: number
}
