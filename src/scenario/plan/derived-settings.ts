import type { CameraLoad } from '../schema/settings.js'
import type { Point } from './plan.js'

/** The workers of the point's server. A server that is only addressed does not tell how many it has: at least one. */
export function knownWorkers({ server }: Pick<Point, 'server'>): number {
  return server.kind === 'url' ? 1 : server.workers
}

/**
 * Frames in flight that keep all workers busy. With W workers TorchServe is only busy all the time from W + 1 batches
 * on: one that waits for each that runs, and one that is being collected.
 */
export function saturatingFrames(batchSize: number, workers: number): number {
  return (workers + 1) * batchSize
}

/** Cameras that are added or removed together: those of one edge device if it batches across them, else 1. */
export function cameraStep(
  { batching }: Pick<Point, 'batching'>,
  { camerasPerClient }: Pick<CameraLoad, 'camerasPerClient'>,
): number {
  return batching.framesPerRequest > 1 ? camerasPerClient : 1
}
