import type { Random } from '../../system/seeded-random.js'
import { mixSeeds, seededRandom } from '../../system/seeded-random.js'
import type { CameraLoad } from '../../scenario/schema/settings.js'
import { cameraRunOf } from '../verdict/camera-run.js'
import type { MeasureWindow } from '../verdict/measure-cameras.js'
import type { ServiceTimes } from './service-times.js'
import type { RequestOverhead, SimulatedServer } from './simulate-cameras.js'
import { simulatedMeasurement } from './simulated-samples.js'

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
