/**
 * The reason why a batch was dispatched.
 * - `full`: it has serverBatchSize jobs.
 * - `delay`: maxBatchDelay had passed since its first job was popped.
 * - `no-delay`: maxBatchDelay ≤ 0, so the worker does not wait, and no batch has more than two jobs.
 */
export const dispatchReasons = ['full', 'delay', 'no-delay'] as const
export type DispatchReason = (typeof dispatchReasons)[number]

/** One batch as TorchServe formed it. Times are ms on the caller's clock. */
export interface Batch<Job> {
  /** Number of the batch, from 0. */
  worker: number
  /** In the order of arrival, which is also the order of the answers. */
  jobs: Job[]
  /** When the worker took the first job. maxBatchDelay counts from here, not from the job's arrival. */
  poppedMs: number
  dispatchedMs: number
  reason: DispatchReason
}
