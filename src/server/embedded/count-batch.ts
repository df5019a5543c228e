import type { Batch } from '../../batching/batch.js'
import type { LiveJob } from './live-job.js'
import type { ServerMetrics } from './server-metrics.js'

/** What a prediction that went well adds: running sums, from the body's arrival to the answer. */
export function countPrediction(
  metrics: ServerMetrics,
  batch: Batch<LiveJob>,
  job: LiveJob,
  nowMs: number,
): void {
  const queuedMs = batch.dispatchedMs - job.arrivedMs
  metrics.add('ts_inference_latency_microseconds', job.metricLabels, (nowMs - job.arrivedMs) * 1000)
  metrics.add('ts_queue_latency_microseconds', job.metricLabels, queuedMs * 1000)
  metrics.setForHost('QueueTime', Math.floor(queuedMs))
}

/** What a batch leaves behind: last values only. The worker's thread itself costs nothing here. */
export function countBatch(
  metrics: ServerMetrics,
  model: string,
  batch: Batch<LiveJob>,
  endMs: number,
): void {
  metrics.setForModel('PredictionTime', model, endMs - batch.dispatchedMs)
  metrics.setForHost('WorkerThreadTime', 0)
}
