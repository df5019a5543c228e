import { quantileSorted } from 'simple-statistics'
import { drive } from './drive.js'

export interface Lateness {
  batches: number
  p50Ms: number
  p99Ms: number
}

const cameras = {
  kind: 'cameras',
  cameras: 100,
  fps: 10,
  phases: 'random',
  maxInFlightPerCamera: 4,
  queue: { policy: 'queue', depth: 100 },
  camerasPerClient: 1,
} as const

/** How much later than due batches left for the worker and were answered, at 1,000 requests a second of 40 KB. */
export async function dispatchLateness(
  folder: string,
  durationMs: number,
): Promise<{ dispatched: Lateness; ended: Lateness }> {
  const batches = await drive(folder, {
    server: { tauMs: 1, alphaMs: 0.1 },
    batching: { serverBatchSize: 8, maxBatchDelayMs: 5, workers: 2 },
    framesPerRequest: 1,
    load: cameras,
    durationMs,
  })
  const byDelay = batches.filter(({ reason }) => reason === 'delay')
  return {
    dispatched: lateness(byDelay.map((batch) => batch.dispatchHandledMs - batch.dispatchedMs)),
    ended: lateness(batches.map((batch) => batch.endHandledMs - batch.endMs)),
  }
}

function lateness(ms: number[]): Lateness {
  const sorted = ms.toSorted((a, b) => a - b)
  return { batches: ms.length, p50Ms: quantileSorted(sorted, 0.5), p99Ms: quantileSorted(sorted, 0.99) }
}
