import type { MeasurementObservations } from '../run/observations.js'
import type { Fold } from './fold.js'

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
export function serverCounts({ serverCounted }: MeasurementObservations): Fold<ServerCounts | undefined> {
  let sent = 0
  let succeeded = 0
  // A request that timed out at the client may still have been counted by the server.
  let unknown = 0
  return {
    add({ requests: { count, status, sentUs } }) {
      for (let row = 0; row < count; row++) {
        if (Number.isNaN(sentUs[row]!)) continue
        sent++
        if (status[row] === 200) succeeded++
        if (status[row] === 0) unknown++
      }
    },
    result() {
      if (serverCounted === undefined) return undefined
      const { requests, inferenceUs, queueUs } = serverCounted
      const fromOthers = Math.max(0, requests - sent)
      const counted = succeeded === sent ? requests : fromOthers === 0 && unknown === 0 ? succeeded : 0
      const mean = (sumUs: number) => sumUs / counted / 1000
      return {
        requests,
        fromOthers,
        ...(counted > 0 && { inferenceMeanMs: mean(inferenceUs), queueMeanMs: mean(queueUs) }),
      }
    },
  }
}
