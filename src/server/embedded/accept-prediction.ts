import { hostname } from 'node:os'
import { noWorker } from './frontend-answer.js'
import type { LiveJob } from './live-job.js'
import { liveNowMs } from './live-model.js'
import type { ModelStore } from './model-store.js'
import type { RequestFrames } from './request-frames.js'
import type { ServerMetrics } from './server-metrics.js'

const host = hostname()

/** The models behind all frontends. */
export interface ServedModels {
  models: ModelStore
  metrics: ServerMetrics
}

export interface Prediction extends Pick<LiveJob, 'requestId' | 'answer'> {
  model: string
  /** Undefined is the default version. */
  version: string | undefined
  /** Which of TorchServe's metrics count it: all by HTTP, none of latency by gRPC, none at all by ModelInfer. */
  metrics: 'all' | 'requests' | 'none'
}

/**
 * Accepts a prediction, whichever frontend received it: counts it and returns the function that puts its frames into
 * the queue of the model.
 *
 * @throws FrontendError for an unknown model or version
 */
export function acceptPrediction(
  { models, metrics }: ServedModels,
  { model: name, version, metrics: counted, requestId, answer }: Prediction,
): (frames: RequestFrames | undefined) => void {
  const model = models.find(name, version)
  const labels = `model_name="${name}",model_version="${version ?? 'default'}",hostname="${host}",`
  if (counted !== 'none') metrics.add('ts_inference_requests_total', labels, 1)
  const latencyLabels = counted === 'all' ? labels : undefined
  return (frames) => {
    const accepted = model.arrive({ requestId, frames, arrivedMs: liveNowMs(), latencyLabels, answer })
    if (!accepted) answer(noWorker(name))
  }
}
