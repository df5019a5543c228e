import type { FittedServer } from '../simulator/fit-server.js'
import type { SimulatedSetting } from '../simulator/simulated-window.js'
import { simulatedServer } from '../simulator/simulation-of.js'
import type { CapacitySetting } from './capacity-settings.js'

/** A warm-up on the virtual clock: enough for queues to reach their level, and never as long as a real one. */
const simulatedWarmupMs = 2000

/** A setting as a simulation of a server that was fitted. */
export function simulatedSetting(
  { point, load, slo }: Pick<CapacitySetting, 'point' | 'load' | 'slo'>,
  { overhead, workers }: Omit<FittedServer, 'model'>,
): SimulatedSetting {
  return {
    load,
    framesPerRequest: point.batching.framesPerRequest,
    server: simulatedServer(point, workers),
    overhead,
    deadlineMs: point.measure.deadlineMs,
    warmupMs: simulatedWarmupMs,
    sloMs: slo.latencyMs,
  }
}
