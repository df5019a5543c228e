import type { Batch } from '../../batching/batch.js'
import type { BatchEnd } from '../../batching/model-workers.js'
import type { BatchFaultName } from '../../scenario/grammar/faults.js'
import type { LiveJob } from './live-job.js'

/** A finished batch as both logs tell it. Times are ms on the machine's monotonic clock. */
export interface FinishedBatch {
  model: string
  version: string
  workerId: string
  /** Place among the model's batches, from 1. */
  number: number
  batch: Batch<LiveJob>
  end: BatchEnd
  endMs: number
  /** When this process really came to dispatching and to ending it; later than planned by its own lateness. */
  dispatchHandledMs: number
  endHandledMs: number
  faults: BatchFaultName[]
}
