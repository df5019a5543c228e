import type { CapacityCriteria } from '../verdict/capacity-criteria.js'
import { measureCameras } from '../verdict/measure-cameras.js'
import { stepsToDecide } from '../verdict/window-length.js'
import type { ServiceModel } from './service-model.js'
import { serviceTimesOf } from './service-model.js'
import { type SimulatedSetting, simulatedWindow } from './simulated-setting.js'

/**
 * Planning capacity by simulation alone, in cameras: rungs of × 1.25 up to the first that does not pass, then every
 * number from the last that did. A failing region narrower than a rung, below, would be stepped over: good enough
 * to rank settings and to see trends; a search measures. It begins at the fewest cameras whose requests decide
 * anything within the longest window: fewer are taken to pass where those do.
 *
 * All service times are as much longer as the run leaves them uncertain. A measured capacity has to pass in three
 * fresh repetitions, each on the machine as it is at that moment, so the slowest moment decides; a simulation
 * with times exactly as they were learnt, which has no moments, came out 10 % above it (bench/capacity/RESULTS.md).
 */
export async function simulatedCapacity(
  setting: SimulatedSetting,
  options: {
    model: ServiceModel
    criteria: CapacityCriteria
    seed: number
    /** Cameras of one edge device that batches across them; else 1. */
    step: number
  },
): Promise<number> {
  const { model, criteria, seed, step } = options
  const measureWindow = simulatedWindow(setting, serviceTimesOf(model, 1 + model.uncertainty), seed)
  const requestsPerCameraS = setting.load.fps / setting.framesPerRequest
  const passes = async (steps: number) =>
    (await measureCameras(steps * step, { measureWindow, criteria, seed, requestsPerCameraS })).decision ===
    'pass'
  const lowest = stepsToDecide(criteria.windowMaxS, { step, requestsPerCameraS, criteria })
  let passed = 0
  for (let rung = lowest; await passes(rung); rung = Math.max(rung + 1, Math.floor(rung * 1.25)))
    passed = rung
  while (await passes(passed + 1)) passed++
  return passed * step
}
