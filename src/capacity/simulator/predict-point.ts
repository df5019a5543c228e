import type { Random } from '../../system/seeded-random.js'
import type { Prediction } from '../search/next-to-measure.js'
import type { CapacityCriteria } from '../verdict/capacity-criteria.js'
import { measureCameras } from '../verdict/measure-cameras.js'
import type { ServiceTimes } from './service-model.js'
import { type SimulatedSetting, simulatedWindow } from './simulated-setting.js'

/** A server that takes thousands of requests a second shows its p99 in less than a whole window. */
const enoughRequests = 20_000

/**
 * Says of each number of cameras whether it will pass: sure only where the verdict is the same with all service
 * times as they were learnt, a little shorter and a little longer, each with noise of its own. Phases are those
 * that the measurement will have.
 */
export function predictPoint(
  setting: SimulatedSetting,
  options: {
    serviceTimes: (scale: number) => (random: Random) => ServiceTimes
    /** As a share of all times. */
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
