import type { FrontendAnswer, FrontendError } from './frontend-answer.js'
import type { RequestFrames } from './request-frames.js'
import type { Batch } from '../../batching/batch.js'
import type { BatchEnd } from '../../batching/model-workers.js'
import type { BatchFaultName } from '../../scenario/grammar/faults.js'

/** One accepted prediction request on its way through a model's queue. */
export interface LiveJob {
  requestId: string
  /** Undefined if the handler cannot read the request. */
  frames: RequestFrames | undefined
  arrivedMs: number
  /** Labels of its latency metrics, as written; undefined for a gRPC call, which has none. */
  latencyLabels: string | undefined
  /** What its handler answered, or why there is no answer. */
  answer(answer: FrontendAnswer | FrontendError): void
}

/** A finished batch, as written to both logs. Times are ms on the machine's monotonic clock. */
export interface FinishedBatch {
  model: string
  version: string
  workerId: string
  /** Number of the batch of this model, from 1. */
  number: number
  batch: Batch<LiveJob>
  end: BatchEnd
  endMs: number
  /** When this process handled the dispatch and the end, which is later than planned by the delay of this process. */
  dispatchHandledMs: number
  endHandledMs: number
  faults: BatchFaultName[]
}
