import type { Batch } from './batch.js'
import { BatchQueue, type BatchQueueSettings } from './batch-queue.js'

export interface ModelWorkersSettings extends BatchQueueSettings {
  /** A batch that takes longer fails, and its worker is killed. Infinity means never. */
  responseTimeoutMs: number
  /** Time from the start of a worker's process until it takes jobs. */
  loadMs: number
}

/** `answered` by the worker, or failed because the worker died or did not answer in time. */
export type BatchEnd = 'answered' | 'worker-died' | 'timed-out'

/** The model that the workers run. Its functions are called in order of time and must not feed events back. */
export interface ModelBehaviour<Job> {
  /** Time from dispatch to the end of the batch, ms; Infinity means that the worker hangs. */
  serviceMs(batch: Batch<Job>): number
  /** Whether the worker dies at that time instead of answering. */
  workerDies?(batch: Batch<Job>): boolean
  /** Whether the worker fails to load when it is restarted. */
  loadFails?(worker: number): boolean
  /** The worker takes jobs from now on. */
  loaded?(worker: number, nowMs: number): void
  ended(batch: Batch<Job>, endMs: number, end: BatchEnd): void
}

interface Worker<Job> {
  /** When the batch ends or the worker has loaded; Infinity while it is idle. */
  dueMs: number
  /** The batch in flight: a worker has at most one, without prefetch. */
  batch: Batch<Job> | undefined
  end: BatchEnd
  idle: boolean
  /** Number of consecutive failed starts. The next backoff grows with it. */
  restarts: number
  failingSinceMs: number | undefined
}

/**
 * One model version's queue and workers on a virtual clock: batches form in a `BatchQueue`, run for as long as
 * `behaviour` says and end; a busy worker's next batch is popped at the exact end of the last one, so that timer errors
 * do not add up. Workers die and restart (wlm/WorkerThread.java:48-50,293-318,500-516).
 *
 * The caller drives it: `nextMs` is when `advanceTo` has something to do, events must come in order of
 * time, and every event first does what was due before it.
 */
export class ModelWorkers<Job> {
  /** The time of the next event without a new arrival; Infinity if there is none. */
  get nextMs(): number {
    return Math.min(this.workerDueMs, this.queue.deadlineMs)
  }

  readonly queue: BatchQueue<Job>
  private readonly settings: ModelWorkersSettings
  private readonly behaviour: ModelBehaviour<Job>
  private readonly workers: Worker<Job>[] = []
  /** The smallest dueMs of all workers. */
  private workerDueMs = Infinity

  constructor(settings: ModelWorkersSettings, behaviour: ModelBehaviour<Job>) {
    this.settings = settings
    this.behaviour = behaviour
    this.queue = new BatchQueue(settings, (batch) => this.start(batch))
  }

  /** Number of workers, including loading and crashed ones. Without any worker, TorchServe rejects every job. */
  get count(): number {
    return this.workers.length
  }

  /** Number of workers that a model description shows as READY: loaded, busy or idle. */
  isReady(worker: number): boolean {
    const state = this.workers[worker]
    return state !== undefined && (state.idle || state.batch !== undefined)
  }

  /** The time since which a worker has been failing without interruption. */
  failingSinceMs(worker: number): number | undefined {
    return this.workers[worker]?.failingSinceMs
  }

  /** Returns false if the job is rejected because there are no workers or the queue is full (503 in both cases). */
  arrive(nowMs: number, job: Job): boolean {
    this.catchUp(nowMs)
    return this.workers.length > 0 && this.queue.offer(nowMs, job)
  }

  /** Processes everything that is due up to and including `nowMs`, each event at its own time. */
  advanceTo(nowMs: number): void {
    while (this.nextMs <= nowMs && this.nextMs < Infinity) this.step()
  }

  /**
   * Starts or kills workers. Jobs in flight on a killed worker return to the queue. Jobs that it was collecting are
   * lost.
   */
  scaleTo(nowMs: number, count: number): void {
    this.advanceTo(nowMs)
    while (this.workers.length < count) {
      this.workers.push({
        dueMs: nowMs + this.settings.loadMs,
        batch: undefined,
        end: 'answered',
        idle: false,
        restarts: 0,
        failingSinceMs: undefined,
      })
    }
    while (this.workers.length > count) {
      const worker = this.workers.length - 1
      const gone = this.workers.pop()!
      if (gone.batch !== undefined) this.queue.putBack(nowMs, gone.batch.jobs)
      else if (gone.idle) this.queue.workerGone(nowMs, worker)
    }
    this.findNextDue()
    this.advanceTo(nowMs)
  }

  /** The worker's process dies now. Its batch in flight fails, and the jobs that it was collecting are lost. */
  kill(nowMs: number, worker: number): void {
    this.advanceTo(nowMs)
    const state = this.workers[worker]
    if (state === undefined) return
    const { batch, idle } = state
    if (batch === undefined && !idle) return
    if (idle) this.queue.workerGone(nowMs, worker)
    if (batch !== undefined) this.behaviour.ended(batch, nowMs, 'worker-died')
    this.restart(nowMs, state)
  }

  /** Processes what was due before `nowMs`. A job that arrives exactly at the end of a delay still joins the batch. */
  private catchUp(nowMs: number): void {
    while (this.nextMs < nowMs) this.step()
  }

  private step(): void {
    const { deadlineMs } = this.queue
    if (deadlineMs <= this.workerDueMs) this.queue.advance(deadlineMs)
    else this.finish(this.workerDueMs)
  }

  private start(batch: Batch<Job>): void {
    const worker = this.workers[batch.worker]!
    const serviceMs = this.behaviour.serviceMs(batch)
    const timesOut = serviceMs > this.settings.responseTimeoutMs
    worker.idle = false
    worker.batch = batch
    worker.dueMs = batch.dispatchedMs + Math.min(serviceMs, this.settings.responseTimeoutMs)
    worker.end = timesOut
      ? 'timed-out'
      : this.behaviour.workerDies?.(batch) === true
        ? 'worker-died'
        : 'answered'
    if (worker.dueMs < this.workerDueMs) this.workerDueMs = worker.dueMs
  }

  private finish(nowMs: number): void {
    const index = this.workers.findIndex((worker) => worker.dueMs <= nowMs)
    const worker = this.workers[index]!
    if (worker.batch === undefined) {
      this.load(nowMs, worker, index)
      return
    }
    this.behaviour.ended(worker.batch, nowMs, worker.end)
    if (worker.end === 'answered') this.free(nowMs, worker, index)
    else this.restart(nowMs, worker)
  }

  private load(nowMs: number, worker: Worker<Job>, index: number): void {
    if (this.behaviour.loadFails?.(index) === true) {
      this.restart(nowMs, worker)
      return
    }
    worker.restarts = 0
    worker.failingSinceMs = undefined
    this.behaviour.loaded?.(index, nowMs)
    this.free(nowMs, worker, index)
  }

  private free(nowMs: number, worker: Worker<Job>, index: number): void {
    worker.batch = undefined
    worker.idle = true
    worker.dueMs = Infinity
    this.findNextDue()
    this.queue.workerIdle(nowMs, index)
  }

  private restart(nowMs: number, worker: Worker<Job>): void {
    worker.batch = undefined
    worker.idle = false
    worker.failingSinceMs ??= nowMs
    worker.dueMs = nowMs + restartBackoffMs(worker.restarts) + this.settings.loadMs
    worker.restarts++
    this.findNextDue()
  }

  private findNextDue(): void {
    let dueMs = Infinity
    for (const worker of this.workers) if (worker.dueMs < dueMs) dueMs = worker.dueMs
    this.workerDueMs = dueMs
  }
}

/** Seconds between a worker's death and its next start (wlm/WorkerThread.java:48-50). The last value repeats. */
const backoffS = [1, 1, 2, 3, 5, 8, 13, 21, 34, 55]

/** The pause before restart number `restarts` (from 0) since the last successful load, in ms. */
function restartBackoffMs(restarts: number): number {
  return backoffS[Math.min(restarts, backoffS.length - 1)]! * 1000
}
