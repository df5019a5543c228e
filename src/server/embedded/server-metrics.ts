import { hostname } from 'node:os'
import type { Batch } from '../../batching/batch.js'
import type { LiveJob } from './live-job.js'

type MetricType = 'counter' | 'gauge'

interface Metric {
  name: string
  type: MetricType
  unit: string
}

/** Every metric of ts/configs/metrics.yaml: HELP and TYPE from the start, samples after the first update. */
const metrics: Metric[] = [
  ...['Requests2XX', 'Requests4XX', 'Requests5XX', 'ts_inference_requests_total'].map((name) =>
    metric(name, 'counter', 'Count'),
  ),
  metric('ts_inference_latency_microseconds', 'counter', 'Microseconds'),
  metric('ts_queue_latency_microseconds', 'counter', 'Microseconds'),
  ...['QueueTime', 'WorkerThreadTime', 'WorkerLoadTime'].map((name) => metric(name, 'gauge', 'Milliseconds')),
  ...['CPUUtilization', 'MemoryUtilization', 'DiskUtilization', 'GPUMemoryUtilization', 'GPUUtilization'].map(
    (name) => metric(name, 'gauge', 'Percent'),
  ),
  ...['MemoryUsed', 'MemoryAvailable', 'GPUMemoryUsed'].map((name) => metric(name, 'gauge', 'Megabytes')),
  ...['DiskUsage', 'DiskAvailable'].map((name) => metric(name, 'gauge', 'Gigabytes')),
  ...['HandlerTime', 'PredictionTime'].map((name) => metric(name, 'gauge', 'ms')),
]

function metric(name: string, type: MetricType, unit: string): Metric {
  return { name, type, unit }
}

const host = hostname()
const hostLabels = `Level="Host",Hostname="${host}",`

/** The registry behind /metrics, in TorchServe's exposition format (simpleclient's TextFormat 004). */
export class ServerMetrics {
  /** Name → labels as they are written → value. */
  private readonly samples = new Map<string, Map<string, number>>()

  /** `labels` as written between the braces, such as `Level="Host",`: with TorchServe's trailing comma. */
  add(name: string, labels: string, amount: number): void {
    const series = this.series(name)
    series.set(labels, (series.get(labels) ?? 0) + amount)
  }

  private set(name: string, labels: string, value: number): void {
    this.series(name).set(labels, value)
  }

  /** Counts each answer on any port. A status that is neither 2xx nor 4xx counts as 5xx, as in TorchServe. */
  countAnswer(status: number): void {
    const kind = status >= 200 && status < 300 ? '2' : status >= 400 && status < 500 ? '4' : '5'
    this.add(`Requests${kind}XX`, hostLabels, 1)
  }

  setForHost(name: string, value: number): void {
    this.set(name, hostLabels, value)
  }

  setForModel(name: string, model: string, value: number): void {
    this.set(name, `ModelName="${model}",Level="Model",Hostname="${host}",`, value)
  }

  setForWorker(name: string, worker: string, value: number): void {
    this.set(name, `WorkerName="${worker}",${hostLabels}`, value)
  }

  /** The text of all metrics. */
  format(): string {
    return metrics
      .map(({ name, type, unit }) => {
        const samples = [...(this.samples.get(name) ?? [])].map(
          ([labels, value]) => `${name}{${labels}} ${value}\n`,
        )
        return (
          `# HELP ${name} Torchserve prometheus ${type} metric with unit: ${unit}\n` +
          `# TYPE ${name} ${type}\n${samples.join('')}`
        )
      })
      .join('')
  }

  private series(name: string): Map<string, number> {
    let series = this.samples.get(name)
    if (series === undefined) {
      series = new Map()
      this.samples.set(name, series)
    }
    return series
  }
}

/** Counts a successful prediction: running sums of the times from the arrival of the body to the answer. */
export function countPrediction(
  metrics: ServerMetrics,
  batch: Batch<LiveJob>,
  job: LiveJob,
  nowMs: number,
): void {
  const queuedMs = batch.dispatchedMs - job.arrivedMs
  const { latencyLabels } = job
  if (latencyLabels !== undefined) {
    metrics.add('ts_inference_latency_microseconds', latencyLabels, (nowMs - job.arrivedMs) * 1000)
    metrics.add('ts_queue_latency_microseconds', latencyLabels, queuedMs * 1000)
  }
  metrics.setForHost('QueueTime', Math.floor(queuedMs))
}

/** Sets the values of the last batch. The worker thread itself takes no time here. */
export function countBatch(
  metrics: ServerMetrics,
  model: string,
  batch: Batch<LiveJob>,
  endMs: number,
): void {
  metrics.setForModel('PredictionTime', model, endMs - batch.dispatchedMs)
  metrics.setForHost('WorkerThreadTime', 0)
}
