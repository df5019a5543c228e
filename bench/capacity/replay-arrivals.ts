import { ModelWorkers } from '../../src/batching/model-workers.js'
import type { ServiceTimes } from '../../src/capacity/simulator/service-model.js'
import type { SimulatedServer } from '../../src/capacity/simulator/simulate-cameras.js'

/** A request that reached a server. */
export interface Arrival {
  id: string
  ms: number
  frames: number
}

export interface ReplayedBatch {
  /** In the order of the batch. */
  ids: string[]
  dispatchedMs: number
  endMs: number
}

/**
 * The batches that a simulated server forms from logged arrivals, in order of their end, to compare with the batches of
 * the real server. Arrivals in order of time, on the clock of the log.
 */
export function replayArrivals(
  arrivals: readonly Arrival[],
  server: SimulatedServer,
  serviceTimes: ServiceTimes,
): ReplayedBatch[] {
  const batches: ReplayedBatch[] = []
  const workers = new ModelWorkers<Arrival>(
    { ...server, responseTimeoutMs: Infinity, loadMs: 0 },
    {
      serviceMs: ({ jobs }) => serviceTimes(jobs.reduce((sum, { frames }) => sum + frames, 0)),
      ended: ({ jobs, dispatchedMs }, endMs) =>
        batches.push({ ids: jobs.map(({ id }) => id), dispatchedMs, endMs }),
    },
  )
  workers.scaleTo(arrivals[0]?.ms ?? 0, server.workers)
  for (const arrival of arrivals) {
    while (workers.nextMs < arrival.ms) workers.advanceTo(workers.nextMs)
    workers.arrive(arrival.ms, arrival)
  }
  while (workers.nextMs < Infinity) workers.advanceTo(workers.nextMs)
  return batches
}
