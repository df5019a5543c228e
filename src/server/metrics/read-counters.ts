import { type InferenceCounters, inferenceCounters } from './inference-counters.js'

const timeoutMs = 3000

/** The counters of a model now; undefined where the endpoint does not answer or does not count. */
export async function readCounters(
  metricsUrl: string | undefined,
  modelName: string,
): Promise<InferenceCounters | undefined> {
  if (metricsUrl === undefined) return undefined
  try {
    const answer = await fetch(endpointOf(metricsUrl), { signal: AbortSignal.timeout(timeoutMs) })
    return answer.ok ? inferenceCounters(await answer.text(), modelName) : undefined
  } catch {
    // Metrics are an extra: a measurement without them is a measurement.
    return undefined
  }
}

/** People give the address of the metrics API as that of the others: without its only path. */
function endpointOf(metricsUrl: string): URL {
  const url = new URL(metricsUrl)
  if (url.pathname === '/') url.pathname = '/metrics'
  return url
}
