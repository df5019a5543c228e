import type { LoadSettings } from '../../scenario/schema/settings.js'
import type { CapacitySetting } from './capacity-settings.js'

/**
 * Closed loads that make a server form batches of every size in question, without a change of its settings: as many
 * requests in flight as the batch shall hold. The last one saturates it, and shows its ceiling.
 */
export function calibrationLoads({ point, workers }: CapacitySetting): LoadSettings[] {
  const { framesPerRequest, serverBatchSize, batchSize } = point.batching
  const requests: number[] = []
  for (let count = 1; count < serverBatchSize; count *= 2) requests.push(count)
  const framesInFlight = [...requests.map((count) => count * framesPerRequest), batchSize]
  return [...framesInFlight, (workers + 1) * batchSize].map((frames) => ({
    kind: 'closed',
    framesInFlight: frames,
  }))
}
