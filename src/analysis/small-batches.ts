import { knownWorkers, saturatingFrames, type Point } from '../scenario/plan/plan.js'

/**
 * Why the server formed smaller batches than it was asked for, and what to do about it. With W workers a closed load
 * fills every batch only from (W + 1) batches in flight on.
 */
export function whySmallBatches({ load, batching, server }: Point): { cause: string; remedy: string } {
  const workers = knownWorkers({ server })
  const needed = saturatingFrames(batching.batchSize, workers)
  if (load.kind === 'closed' && load.framesInFlight < needed)
    return {
      cause: `Too few frames in flight: ${load.framesInFlight}; ${workers + 1} batches need ${needed}.`,
      remedy: `Raise load.framesInFlight to ${needed}.`,
    }
  if (batching.maxBatchDelayMs === 0)
    return {
      cause: 'With maxBatchDelayMs 0 TorchServe never waits and takes at most two requests.',
      remedy: 'Raise maxBatchDelayMs.',
    }
  return {
    cause: 'The delay of maxBatchDelayMs passed before the batch was full.',
    remedy: 'Raise maxBatchDelayMs, at the price of latency at low load, or lower the batch size.',
  }
}
