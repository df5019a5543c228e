import type { CapacityCriteria } from '../verdict/judge-run.js'
import { measureCameras, stepsToDecide } from '../verdict/measure-cameras.js'
import { createServiceTimes, type ServiceModel } from './service-model.js'
import { simulatedWindow, type SimulatedSetting } from './simulated-setting.js'

/**
 * Planning capacity by simulation alone, in cameras: steps of × 1.25 up to the first number that does not pass, then every
 * number from the last that did. A failing region narrower than a step is missed: good enough to rank settings and to see
 * trends, but a search measures. It starts with the fewest cameras whose requests decide anything within the longest
 * window; fewer cameras are assumed to pass if those do.
 *
 * All service times are longer by their uncertainty. A measured capacity has to pass in three fresh repetitions, so the
 * slowest moment of the machine decides. A simulation has no such moments, and with service times exactly as learned it
 * was 10 % too high (bench/capacity/RESULTS.md).
 */
export async function simulatedCapacity(
  setting: SimulatedSetting,
  options: {
    model: ServiceModel
    criteria: CapacityCriteria
    seed: number
    /** Cameras of one edge device if it batches across them, else 1. */
    step: number
  },
): Promise<number> {
  const { model, criteria, seed, step } = options
  const measureWindow = simulatedWindow(setting, createServiceTimes(model, 1 + model.uncertainty), seed)
  const requestsPerCameraS = setting.load.fps / setting.framesPerRequest
  const passes = async (steps: number) =>
    (await measureCameras(steps * step, { measureWindow, criteria, seed, requestsPerCameraS })).decision ===
    'pass'
  const lowest = stepsToDecide(criteria.windowMaxS, { step, requestsPerCameraS, criteria })
  let passed = 0
  for (let steps = lowest; await passes(steps); steps = Math.max(steps + 1, Math.floor(steps * 1.25)))
    passed = steps
  while (await passes(passed + 1)) passed++
  return passed * step
}
