import type { Random } from '../../system/seeded-random.js'
import type { Prediction } from '../search/next-to-measure.js'
import type { CapacityCriteria } from '../verdict/judge-run.js'
import { measureCameras } from '../verdict/measure-cameras.js'
import type { ServiceTimes } from './service-model.js'
import { type SimulatedSetting, simulatedWindow } from './simulated-setting.js'

/** At thousands of requests per second, p99 shows in less than a whole window. */
const enoughRequests = 20_000

/**
 * Predicts if a number of cameras passes. The prediction is sure if the verdict is the same with service times as
 * measured, slightly longer and slightly shorter, each with different noise. The camera phases are those of the
 * measurement.
 */
export function predictPoint(
  setting: SimulatedSetting,
  options: {
    serviceTimes: (scale: number) => (random: Random) => ServiceTimes
    /** By how much all service times may be off, as a share. */
    uncertainty: number
    criteria: CapacityCriteria
    seed: number
  },
): (cameras: number) => Promise<Prediction> {
  const { serviceTimes, uncertainty, criteria, seed } = options
  const requestsPerCameraS = setting.load.fps / setting.framesPerRequest
  const scales = [1, 1 + uncertainty, 1 - uncertainty]
  return async (cameras) => {
    const windowMinS = Math.min(
      criteria.windowMinS,
      Math.max(2, enoughRequests / (cameras * requestsPerCameraS)),
    )
    let expected: Prediction | undefined
    for (const [i, scale] of scales.entries()) {
      const measureWindow = simulatedWindow(setting, serviceTimes(scale), seed + i + 1)
      const how = { measureWindow, criteria: { ...criteria, windowMinS }, seed, requestsPerCameraS }
      const { decision } = await measureCameras(cameras, how)
      if (decision === 'undecided' || (expected !== undefined && decision !== expected)) return 'unsure'
      expected = decision
    }
    return expected ?? 'unsure'
  }
}
