import type { DispatchReason } from './dispatch-reason.js'

/** One batch as the server's log tells it. */
export interface ServerBatch {
  /** TorchServe's worker, such as `9000-resnet-18_1.0`. */
  worker: string
  /** x-request-id of each request, in the order of the batch. */
  requestIds: string[]
  /** Time in the handler, as TorchServe measures it (PredictionTime). */
  handlerMs: number
  /** What our own handler logs besides; absent with somebody else's. */
  handler?: HandlerTimes
  /** What the embedded server tells of its queue besides; TorchServe tells nothing of its own. */
  queue?: QueueTimes
}

/** How the batch came about, exactly, on the machine's monotonic clock. */
export interface QueueTimes {
  /** When each request joined the queue. */
  arrivedUs: number[]
  /** When a worker took the first of them. */
  poppedUs: number
  dispatchedUs: number
  reason: DispatchReason
}

/** Moments inside our handler, on the machine's monotonic clock. */
export interface HandlerTimes {
  entryUs: number
  /** All frames decoded and resized. */
  decodedUs: number
  /** All answers computed. */
  inferredUs: number
  exitUs: number
  /** Frames of each request, 0 where it could not be read. */
  frames: number[]
}
