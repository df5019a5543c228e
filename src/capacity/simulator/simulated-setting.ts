import type { Random } from '../../system/seeded-random.js'
import { mixSeeds, seededRandom } from '../../system/seeded-random.js'
import type { CameraLoad } from '../../scenario/schema/settings.js'
import { cameraRunOf } from '../verdict/camera-run.js'
import type { MeasureWindow } from '../verdict/measure-cameras.js'
import type { ServiceTimes } from './service-model.js'
import type { RequestOverhead, SimulatedServer, SimulationSettings } from './simulate-cameras.js'
import { simulatedMeasurement } from './simulated-samples.js'
import type { MeasurementInput } from '../../run/measurement-input.js'
import type { Point } from '../../scenario/plan/plan.js'
import type { FittedServer } from './fit-server.js'
import type { CapacitySetting } from '../capacity-setting.js'

/** A setting whose number of cameras is searched, with a server made up of service times. */
export interface SimulatedSetting {
  /** All but the number of cameras. */
  load: Omit<CameraLoad, 'cameras'>
  framesPerRequest: number
  server: SimulatedServer
  overhead: RequestOverhead
  deadlineMs: number
  warmupMs: number
  sloMs: number
}

/**
 * Measures on the virtual clock: the phases of the real run (same seeds), service noise of its own. A second window
 * of a repetition is another stretch of noise, as it would be in reality.
 */
export function simulatedWindow(
  setting: SimulatedSetting,
  serviceTimes: (random: Random) => ServiceTimes,
  noiseSeed: number,
): MeasureWindow {
  const { load, framesPerRequest, server, sloMs } = setting
  return async ({ cameras, repetition, window, phaseSeed, windowS }) => {
    const random = seededRandom(mixSeeds(noiseSeed, cameras, repetition, window))
    const simulation = { ...setting, load: { ...load, cameras }, phaseSeed, windowMs: windowS * 1000 }
    const { samples, windowStartUs, windowEndUs } = simulatedMeasurement(simulation, serviceTimes(random))
    return cameraRunOf(samples, {
      cameras,
      startUs: windowStartUs,
      endUs: windowEndUs,
      sloMs,
      batchSize: framesPerRequest * server.serverBatchSize,
      maxInFlightPerCamera: load.maxInFlightPerCamera,
    })
  }
}

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
