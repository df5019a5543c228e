import type { MeasurementObservations } from '../run/manifest.js'
import type { RequestColumns } from '../run/record.js'

/** What the server's own metrics say of a load, warm-up and drain included. */
export interface ServerCounts {
  /** Predictions that arrived from anybody. */
  requests: number
  /** Those that are not ours. */
  fromOthers: number
  /** Means over the requests that were answered well; absent where it is not certain which were counted. */
  inferenceMeanMs?: number
  queueMeanMs?: number
}

/**
 * TorchServe counts every request but sums times over the successful ones only (ts/configs/metrics.yaml), and counts
 * no successes: a mean exists only where all requests were ours, or all that came went well.
 */
export function serverCounts(
  { serverCounted }: MeasurementObservations,
  { count, status, sentUs }: RequestColumns,
): ServerCounts | undefined {
  if (serverCounted === undefined) return undefined
  let sent = 0
  let succeeded = 0
  let refused = 0
  for (let row = 0; row < count; row++) {
    if (Number.isNaN(sentUs[row]!)) continue
    sent++
    if (status[row] === 200) succeeded++
    else refused++
  }
  const { requests, inferenceUs, queueUs } = serverCounted
  const fromOthers = Math.max(0, requests - sent)
  const counted =
    refused === 0 ? requests : fromOthers === 0 && noneUnknown(status, sentUs, count) ? succeeded : 0
  const mean = (sumUs: number) => sumUs / counted / 1000
  return {
    requests,
    fromOthers,
    ...(counted > 0 && { inferenceMeanMs: mean(inferenceUs), queueMeanMs: mean(queueUs) }),
  }
}

/** A request that we gave up on may have been counted later all the same. */
function noneUnknown(status: Uint16Array, sentUs: Float64Array, count: number): boolean {
  for (let row = 0; row < count; row++) if (status[row] === 0 && !Number.isNaN(sentUs[row]!)) return false
  return true
}
