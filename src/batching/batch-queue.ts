import type { Batch, DispatchReason } from './batch.js'
import { Fifo } from '../system/fifo.js'

export interface BatchQueueSettings {
  /** B: jobs in a full batch. */
  serverBatchSize: number
  /**
   * Time from the pop of the first job to the dispatch of a partial batch. A value ≤ 0 limits every batch to two jobs.
   */
  maxBatchDelayMs: number
  /** job_queue_size: maximum number of waiting jobs. Jobs that are being collected or executed do not count. */
  queueCapacity: number
}

/**
 * Dynamic batching of one model version as TorchServe 0.12.0 does it (wlm/Model.java:454-522 and
 * wlm/BatchAggregator.java:30-64 below frontend/server/src/main/java/org/pytorch/serve), without a clock: the caller
 * passes the time of each event, and `dispatch` is called for each batch that leaves for a worker.
 *
 * - One first-in-first-out queue; a job that arrives when it is full is rejected (503).
 * - One idle worker at a time collects: it holds the model's lock from before the first job arrives until its batch is
 *   dispatched. The others wait for the lock, longest idle first (the real lock is not fair; which idle worker wins
 *   makes no difference to the batches).
 * - The delay starts at the pop of the first job. A job that waited behind a busy worker can wait a whole delay
 *   again.
 * - The delay is spent only when a job arrives, and is looked at after a job was taken: a delay ≤ 0 therefore
 *   lets one more job in, if it is there already, and no third.
 *
 * Events must come in order of time. An event at exactly the deadline still joins the batch; the deadline itself
 * is fired by `advance`. TorchServe counts the delay in whole milliseconds of the wall clock; here it is exact.
 * `dispatch` is called from within the events and must not feed events back into the queue itself.
 */
export class BatchQueue<Job> {
  /** Dispatch time of the batch being collected if no further job arrives; Infinity if there is none. */
  deadlineMs = Infinity
  private readonly settings: BatchQueueSettings
  private readonly dispatch: (batch: Batch<Job>) => void
  private readonly queue = new Fifo<Job>()
  /** Idle workers, longest idle first; the first one holds the lock. */
  private readonly idle: number[] = []
  private collected: Job[] = []
  private poppedMs = 0

  constructor(settings: BatchQueueSettings, dispatch: (batch: Batch<Job>) => void) {
    this.settings = settings
    this.dispatch = dispatch
  }

  /** Number of jobs in the queue: `pendingRequests` of a model description. */
  get pending(): number {
    return this.queue.length
  }

  /** Returns false if the queue is full. TorchServe then answers 503 at once. */
  offer(nowMs: number, job: Job): boolean {
    this.advanceBefore(nowMs)
    if (this.queue.length >= this.settings.queueCapacity) return false
    this.queue.push(job)
    this.collect(nowMs)
    return true
  }

  /** Jobs in flight on a removed worker return to the head of the queue, even if it exceeds its capacity. */
  putBack(nowMs: number, jobs: readonly Job[]): void {
    this.advanceBefore(nowMs)
    for (const job of jobs.toReversed()) this.queue.unshift(job)
    this.collect(nowMs)
  }

  /** A worker has loaded the model, or has answered its batch. */
  workerIdle(nowMs: number, worker: number): void {
    this.advanceBefore(nowMs)
    this.idle.push(worker)
    if (this.idle.length === 1) this.collect(nowMs)
  }

  /**
   * An idle worker died or was removed. Returns the jobs that it had collected. They are lost, and their clients never
   * get an answer, as on the real server.
   */
  workerGone(nowMs: number, worker: number): Job[] {
    this.advanceBefore(nowMs)
    const place = this.idle.indexOf(worker)
    if (place < 0) return []
    this.idle.splice(place, 1)
    if (place > 0) return []
    const vanished = this.collected
    this.collected = []
    this.deadlineMs = Infinity
    this.collect(nowMs)
    return vanished
  }

  /** Fires the deadline if it is due. */
  advance(nowMs: number): void {
    if (this.deadlineMs > nowMs) return
    const atMs = this.deadlineMs
    this.send(atMs, 'delay')
    this.collect(atMs)
  }

  private advanceBefore(nowMs: number): void {
    if (this.deadlineMs < nowMs) this.advance(nowMs)
  }

  /** Lets idle workers take jobs from the queue, one after the other, until one has to wait. */
  private collect(nowMs: number): void {
    while (this.idle.length > 0 && this.queue.length > 0) {
      if (this.collected.length === 0) this.takeFirst(nowMs)
      const reason = this.fill()
      if (reason === undefined) return
      this.send(nowMs, reason)
    }
  }

  private takeFirst(nowMs: number): void {
    this.collected.push(this.queue.shift()!)
    this.poppedMs = nowMs
    this.deadlineMs = nowMs + this.settings.maxBatchDelayMs
  }

  /** Takes waiting jobs. Returns the reason to dispatch the batch now, or undefined if it waits for more jobs. */
  private fill(): DispatchReason | undefined {
    const { serverBatchSize, maxBatchDelayMs } = this.settings
    const { collected, queue } = this
    while (collected.length < serverBatchSize) {
      if (queue.length === 0) return maxBatchDelayMs > 0 ? undefined : 'no-delay'
      collected.push(queue.shift()!)
      if (maxBatchDelayMs <= 0 && collected.length < serverBatchSize) return 'no-delay'
    }
    return 'full'
  }

  private send(nowMs: number, reason: DispatchReason): void {
    const batch = {
      worker: this.idle.shift()!,
      jobs: this.collected,
      poppedMs: this.poppedMs,
      dispatchedMs: nowMs,
      reason,
    }
    this.collected = []
    this.deadlineMs = Infinity
    this.dispatch(batch)
  }
}
