import type { DispatchReason, HandlerTimes, QueueTimes } from './read-server-batches.js'

/** The batches that the server ran, in the order of its log: in memory, or read from the log as often as needed. */
export type Batches = readonly BatchFormed[] | LoggedBatches

export interface LoggedBatches extends Iterable<BatchFormed> {
  length: number
  /** Whether a request is in one of them. */
  has: (request: number) => boolean
}

/** One batch that the server ran, with the requests in it. */
export interface BatchFormed {
  /** Number of the batch within the measurement, from 0. */
  batch: number
  worker?: string | undefined
  requestsFormed: number
  framesFormed: number
  framesAsked: number
  /** Time in the handler (TorchServe's PredictionTime). */
  handlerMs?: number | undefined
  /** The reason why it was dispatched. */
  dispatch?: DispatchReason | undefined
  /** `request` numbers of the measurement. */
  members: number[]
  /** Times inside Framestorm's handler, on the machine's monotonic clock; absent with any other handler. */
  handler?: HandlerTimes | undefined
  /** The queue times that the embedded server logged. */
  queue?: QueueTimes | undefined
  /** Absent if it is not known and could not be inferred. */
  origin?: BatchOrigin | undefined
}

/**
 * How a batch was formed, in µs since the measurement's start. `measured` if the server logged its own times,
 * `inferred` if TorchServe's batching was replayed on the times that are known at the client.
 */
export interface BatchOrigin {
  basis: 'measured' | 'inferred'
  /** The time when each member joined the queue, in the order of `members`. */
  arrivedUs: number[]
  poppedUs: number
  dispatchedUs: number
}
