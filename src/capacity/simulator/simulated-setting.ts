import type { CameraLoad, Point } from '../../scenario/plan/plan.js'
import type { CapacitySetting } from '../capacity-setting.js'
import type { RequestOverhead, SimulatedServer } from './simulate-cameras.js'

/** A setting whose number of cameras is searched, on a simulated server. */
export interface SimulatedSetting {
  /** Without the number of cameras. */
  load: Omit<CameraLoad, 'cameras'>
  framesPerRequest: number
  server: SimulatedServer
  overhead: RequestOverhead
  deadlineMs: number
  warmupMs: number
  sloMs: number
}

/** TorchServe's default job_queue_size; servers that Framestorm starts have it too. */
const defaultQueueCapacity = 100

/** The server that a point needs. */
export function simulatedServer(
  { batching, server }: Pick<Point, 'batching' | 'server'>,
  workers: number,
): SimulatedServer {
  const config = 'config' in server ? server.config : undefined
  return {
    serverBatchSize: batching.serverBatchSize,
    maxBatchDelayMs: batching.maxBatchDelayMs ?? 0,
    workers,
    queueCapacity: Number(config?.['job_queue_size'] ?? defaultQueueCapacity),
  }
}

/** A warm-up on the virtual clock: long enough for queues to reach their level, shorter than a real one. */
const simulatedWarmupMs = 2000

/** A setting on a server that was fitted. */
export function simulatedSetting(
  { point, load, slo }: Pick<CapacitySetting, 'point' | 'load' | 'slo'>,
  { overhead, workers }: { overhead: RequestOverhead; workers: number },
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
