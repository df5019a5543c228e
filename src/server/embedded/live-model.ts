import type { Batch } from '../../batching/batch.js'
import { ModelWorkers, type BatchEnd, type ModelWorkersSettings } from '../../batching/model-workers.js'
import { drawServiceMs } from '../../batching/service-time.js'
import { nowUs } from '../../system/now-us.js'
import { mixSeeds, seededRandom } from '../../system/seeded-random.js'
import { batchAnswers } from './batch-answers.js'
import { createBatchFaults, type BatchFaults } from './batch-faults.js'
import { countBatch, countPrediction, type ServerMetrics } from './server-metrics.js'
import type { FinishedBatch, LiveJob } from './live-job.js'
import type { EmbeddedArchive } from './embedded-config.js'
import type { Fault } from '../../scenario/grammar/faults.js'
import { FrontendError, keepsConnection } from './frontend-answer.js'

export interface LiveModelSettings extends ModelWorkersSettings {
  name: string
  version: string
  archive: EmbeddedArchive
  seed: number
}

export interface LiveModelEffects {
  metrics: ServerMetrics
  /** Ids as describe gives them: the port of each worker on the real server. */
  nextWorkerId(): string
  /** Called when the time of the next event may have changed. */
  wakeAt(nextMs: number): void
  /** Start of the times of faults of the whole server. */
  firstRequest?(faults: readonly Fault[]): void
  batchFinished?(finished: FinishedBatch): void
}

interface BatchState {
  number: number
  faults: BatchFaults
  dispatchHandledMs: number
}

/** The current time on the machine's monotonic clock, which is the clock of batching here. */
export const liveNowMs = (): number => nowUs() / 1000

/**
 * One registered model version: the queue and workers of src/batching on the real clock, the simulated model, and the
 * answers. All decisions about batches are made in src/batching.
 */
export class LiveModel {
  readonly workers: ModelWorkers<LiveJob>
  readonly settings: LiveModelSettings
  readonly workerIds: string[] = []
  readonly startedAt = new Date()
  /** The time from which the faults' times count. */
  firstRequestMs: number | undefined
  private readonly effects: LiveModelEffects
  private readonly states = new Map<Batch<LiveJob>, BatchState>()
  private readonly drawFaults: (sinceFirstMs: number) => BatchFaults
  private readonly readyWaiters: (() => void)[] = []
  private batches = 0

  constructor(settings: LiveModelSettings, effects: LiveModelEffects) {
    this.settings = settings
    this.effects = effects
    this.drawFaults = createBatchFaults(settings.archive.faults, mixSeeds(settings.seed, 1))
    const random = seededRandom(mixSeeds(settings.seed, 2))
    this.workers = new ModelWorkers<LiveJob>(settings, {
      serviceMs: (batch) => {
        const { names, slowFactor } = this.open(batch)
        if (names.includes('hang')) return Infinity
        const serviceMs = drawServiceMs(settings.archive.service, frameCount(batch), random) * slowFactor
        return names.includes('kill') || names.includes('out-of-memory') ? serviceMs / 2 : serviceMs
      },
      workerDies: (batch) => {
        const names = this.states.get(batch)?.faults.names
        return names !== undefined && (names.includes('kill') || names.includes('out-of-memory'))
      },
      loaded: (worker) => {
        const name = `W-${this.workerIds[worker]}-${settings.name}_${settings.version}`
        effects.metrics.setForWorker('WorkerLoadTime', name, settings.loadMs)
      },
      ended: (batch, endMs, end) => this.finish(batch, endMs, end),
    })
  }

  /** Returns false if the request is rejected with 503. */
  arrive(job: LiveJob): boolean {
    if (this.firstRequestMs === undefined) {
      this.firstRequestMs = job.arrivedMs
      this.effects.firstRequest?.(this.settings.archive.faults)
    }
    if (this.queueFullAt(job.arrivedMs - this.firstRequestMs)) return false
    const accepted = this.workers.arrive(job.arrivedMs, job)
    // A model without service time ends its batch at the time of dispatch.
    this.advance(job.arrivedMs)
    return accepted
  }

  /** Catches up with the clock. */
  advance(nowMs: number): void {
    this.workers.advanceTo(nowMs)
    this.effects.wakeAt(this.workers.nextMs)
    if (this.readyWaiters.length > 0 && this.allReady)
      for (const ready of this.readyWaiters.splice(0)) ready()
  }

  scaleTo(count: number): void {
    const nowMs = liveNowMs()
    while (this.workerIds.length < count) this.workerIds.push(this.effects.nextWorkerId())
    this.workerIds.length = count
    this.workers.scaleTo(nowMs, count)
    this.advance(nowMs)
  }

  killWorker(worker: number): void {
    const nowMs = liveNowMs()
    this.workers.kill(nowMs, worker)
    this.advance(nowMs)
  }

  /** Resolves once every worker has loaded. */
  whenReady(): Promise<void> {
    return this.allReady ? Promise.resolve() : new Promise((resolve) => this.readyWaiters.push(resolve))
  }

  /** Whether every worker has loaded. */
  get allReady(): boolean {
    return this.workerIds.every((_, worker) => this.workers.isReady(worker))
  }

  private queueFullAt(sinceFirstMs: number): boolean {
    return this.settings.archive.faults.some(
      ({ name, trigger }) =>
        name === 'queue-full' &&
        trigger.kind === 'window' &&
        sinceFirstMs >= trigger.fromMs &&
        sinceFirstMs < trigger.untilMs,
    )
  }

  private open(batch: Batch<LiveJob>): BatchFaults {
    this.batches++
    const faults = this.drawFaults(batch.dispatchedMs - (this.firstRequestMs ?? batch.dispatchedMs))
    this.states.set(batch, { number: this.batches, faults, dispatchHandledMs: liveNowMs() })
    return faults
  }

  private finish(batch: Batch<LiveJob>, endMs: number, end: BatchEnd): void {
    const { number, faults, dispatchHandledMs } = this.states.get(batch)!
    this.states.delete(batch)
    const answers = batchAnswers(batch, end, faults)
    const endHandledMs = liveNowMs()
    for (const [place, job] of batch.jobs.entries()) {
      const answer = answers[place]!
      if (!(answer instanceof FrontendError) && keepsConnection(answer))
        countPrediction(this.effects.metrics, batch, job, endHandledMs)
      job.answer(answer)
    }
    const { name, version } = this.settings
    if (end === 'answered' && !faults.names.includes('fail'))
      countBatch(this.effects.metrics, name, batch, endMs)
    const workerId = this.workerIds[batch.worker] ?? ''
    const finished = { model: name, version, workerId, number, batch, end, faults: faults.names }
    const times = { endMs, dispatchHandledMs, endHandledMs }
    this.effects.batchFinished?.({ ...finished, ...times })
  }
}

function frameCount(batch: Batch<LiveJob>): number {
  return batch.jobs.reduce((sum, job) => sum + (job.frames?.checksums.length ?? 0), 0)
}
