import { parseExposition } from './parse-exposition.js'

/**
 * What TorchServe counts of one model since its start (ts/configs/metrics.yaml); sums over the model's versions. It
 * has no metric for the sizes of batches.
 */
export interface InferenceCounters {
  /** Predictions that arrived, refused ones included. */
  requests: number
  /** From a request's last byte to its answer, summed over the successful ones, µs. */
  inferenceUs: number
  /** In the queue and in the batch being collected, summed over the successful ones, µs. */
  queueUs: number
}

const names: Record<keyof InferenceCounters, string> = {
  requests: 'ts_inference_requests_total',
  inferenceUs: 'ts_inference_latency_microseconds',
  queueUs: 'ts_queue_latency_microseconds',
}

/**
 * A model that was not asked yet has no sample, and counts 0. Undefined where the endpoint knows none of these
 * metrics: in TorchServe's default mode, `log`, it answers with an empty text. Pure.
 */
export function inferenceCounters(exposition: string, modelName: string): InferenceCounters | undefined {
  if (!exposition.includes(names.requests)) return undefined
  const samples = parseExposition(exposition).filter(({ labels }) => labels['model_name'] === modelName)
  const total = (name: string) =>
    samples.reduce((sum, sample) => (sample.name === name ? sum + sample.value : sum), 0)
  return {
    requests: total(names.requests),
    inferenceUs: total(names.inferenceUs),
    queueUs: total(names.queueUs),
  }
}

/** What was counted between two readings; undefined where the server was restarted, and counts from 0 again. Pure. */
export function countedBetween(
  before: InferenceCounters,
  after: InferenceCounters,
): InferenceCounters | undefined {
  const grown = {
    requests: after.requests - before.requests,
    inferenceUs: after.inferenceUs - before.inferenceUs,
    queueUs: after.queueUs - before.queueUs,
  }
  return Object.values(grown).some((difference) => difference < 0) ? undefined : grown
}
