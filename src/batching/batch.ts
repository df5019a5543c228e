/**
 * Why a batch left when it did.
 * - `full`: it holds serverBatchSize jobs.
 * - `delay`: maxBatchDelay had passed since its first job was popped.
 * - `no-delay`: maxBatchDelay ≤ 0, so nothing is waited for (and no batch holds more than two jobs).
 */
export const dispatchReasons = ['full', 'delay', 'no-delay'] as const
export type DispatchReason = (typeof dispatchReasons)[number]

/** One batch as TorchServe formed it. Times are ms on the caller's clock. */
export interface Batch<Job> {
  /** From 0. */
  worker: number
  /** In the order of their arrival, and of their answers. */
  jobs: Job[]
  /** When the worker took the first job: maxBatchDelay counts from here, not from the job's arrival. */
  poppedMs: number
  dispatchedMs: number
  reason: DispatchReason
}
