import type { MeasurementInput } from '../../run/measurement-input.js'
import type { Point } from '../../scenario/plan/plan.js'
import type { FittedServer } from './fit-server.js'
import type { SimulatedServer, SimulationSettings } from './simulate-cameras.js'

/** TorchServe's default, which servers that we start are given too. */
const queueCapacity = 100

/** The server that a point asks for; workers of somebody else's server are not ours to know. */
export function simulatedServer({ batching }: Pick<Point, 'batching'>, workers: number): SimulatedServer {
  return {
    serverBatchSize: batching.serverBatchSize,
    maxBatchDelayMs: batching.maxBatchDelayMs ?? 0,
    workers,
    queueCapacity,
  }
}

/** A measurement and the seed of its phases, which its plan knows; of no meaning for a closed load. */
export type PhasedMeasurement = MeasurementInput & { phaseSeed: number }

/**
 * A measured camera run as a simulation, with the same phases, the same warm-up and the same window; undefined for a
 * closed load.
 */
export function simulationOf(
  { point, record, phaseSeed }: PhasedMeasurement,
  { overhead, workers }: Omit<FittedServer, 'model'>,
): SimulationSettings | undefined {
  const { load, batching, measure } = point
  if (load.kind !== 'cameras') return undefined
  return {
    load,
    framesPerRequest: batching.framesPerRequest,
    server: simulatedServer(point, workers),
    overhead,
    deadlineMs: measure.deadlineMs,
    phaseSeed,
    warmupMs: record.windowStartUs / 1000,
    windowMs: (record.windowEndUs - record.windowStartUs) / 1000,
  }
}
