import { knownWorkers, saturatingFrames, type Point } from '../scenario/plan/plan.js'

/**
 * Explains why the server formed smaller batches than configured, with a remedy. With W workers a closed load fills
 * every batch only with at least (W + 1) batches in flight.
 */
export function whySmallBatches({ load, batching, server }: Point): { cause: string; remedy: string } {
  const workers = knownWorkers({ server })
  const needed = saturatingFrames(batching.batchSize, workers)
  if (load.kind === 'closed' && load.framesInFlight < needed)
    return {
      cause: `Too few frames in flight: ${load.framesInFlight}. To fill ${workers + 1} batches, ${needed} are needed.`,
      remedy: `Raise load.framesInFlight to ${needed}.`,
    }
  if (batching.maxBatchDelayMs === 0)
    return {
      cause: 'With maxBatchDelayMs 0 TorchServe never waits and takes at most two requests.',
      remedy: 'Raise maxBatchDelayMs.',
    }
  return {
    cause: 'The batch was not full when maxBatchDelayMs had passed.',
    remedy: 'Raise maxBatchDelayMs, which adds latency at low load, or lower the batch size.',
  }
}
