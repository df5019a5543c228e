import type { MeasurementObservations } from '../run/manifest.js'
import type { RequestColumns } from '../run/record.js'

/** The server's own metrics of a load, warm-up and drain included. */
export interface ServerCounts {
  /** Predictions of all clients. */
  requests: number
  /** Predictions that this load did not request. */
  fromOthers: number
  /** Means over the successful requests; absent if it is uncertain which were counted. */
  inferenceMeanMs?: number
  queueMeanMs?: number
}

/**
 * TorchServe counts every request, but adds up the times of successful ones only (ts/configs/metrics.yaml), and has no
 * count of successes. A mean therefore exists only if this load sent all requests, or if none of its requests failed.
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

/** A request that timed out at the client may still have been counted by the server. */
function noneUnknown(status: Uint16Array, sentUs: Float64Array, count: number): boolean {
  for (let row = 0; row < count; row++) if (status[row] === 0 && !Number.isNaN(sentUs[row]!)) return false
  return true
}
