import { setImmediate } from 'node:timers/promises'
import { passingIntervals, planningCapacity, type Interval } from '../search/intervals.js'
import type { ServiceModel } from '../simulator/service-model.js'
import type { SimulatedSetting } from '../simulator/simulated-setting.js'
import type { StationaryEffort } from './judge-stationary.js'
import { judgeSustained } from './judge-sustained.js'
import { fittedCeiling } from './utilisation.js'
import type { ValueRange } from './value-range.js'

/** What a server carries by simulation alone, in cameras. */
export interface SimulatedCapacity {
  /** Largest N such that every n ≤ N can be sustained; 0 if there is none. */
  planning: number
  /** All numbers that can be sustained, the planning region first if there is one. */
  passing: Interval[]
}

/**
 * Capacity by simulation alone, under the rule of a sustained capacity: a grid of numbers is simulated quickly, each change
 * between two of them is narrowed down, and the edge of the planning region is simulated at length. A region that is at
 * least three cameras and 10 % wide contains a number of the grid; a narrower one may be missed.
 *
 * A simulation takes up to a second, so other work gets its turn between two of them.
 */
export async function simulatedCapacity(
  setting: SimulatedSetting,
  options: {
    model: ServiceModel
    /** As a saturated closed load showed it; undefined: as the service times say. */
    ceilingFps?: ValueRange | undefined
    percentile: number
    seed: number
    /** Cameras of one edge device if it batches across them, else 1. */
    step: number
    /** Called before each simulation. */
    onSimulation?: (() => void) | undefined
  },
): Promise<SimulatedCapacity> {
  const { model, step } = options
  const known = new Map<string, boolean>()
  async function passes(steps: number, effort: StationaryEffort): Promise<boolean> {
    const key = `${effort} ${steps}`
    const before = known.get(key)
    if (before !== undefined) return before
    options.onSimulation?.()
    await setImmediate()
    const cameras = steps * step
    const how = { ceilingFps: undefined, ...options, fitted: { model }, cameras, effort }
    const { decision } = judgeSustained(setting, how)
    const passed =
      decision === 'undecided' && effort === 'quick' ? await passes(steps, 'medium') : decision === 'pass'
    known.set(key, passed)
    return passed
  }
  const quick = (steps: number) => passes(steps, 'quick')
  // Well above the ceiling: what uses more than all of it fails without a simulation.
  const max = Math.ceil((1.1 * fittedCeiling(setting, model).value) / setting.load.fps / step)
  const ends: number[] = []
  let last = { steps: 0, passed: true }
  for (const steps of grid(max)) {
    const passed = await quick(steps)
    if (passed !== last.passed) ends.push(await lastLike(last.passed, last.steps, steps, quick))
    last = { steps, passed }
  }
  const first = await planningEdge(ends[0] ?? max, max, (steps) => passes(steps, 'medium'))
  const isPassing = (steps: number) =>
    steps <= first || (steps > (ends[0] ?? max) && ends.filter((end) => end < steps).length % 2 === 0)
  const intervals = passingIntervals(isPassing, max)
  return {
    planning: planningCapacity(intervals) * step,
    passing: intervals.map(([from, to]) => [from * step, to * step]),
  }
}

/** Every number up to 24, then steps of 8 %. */
function grid(max: number): number[] {
  const numbers: number[] = []
  for (let steps = 1; steps < max; steps += Math.max(1, Math.floor(0.08 * steps))) numbers.push(steps)
  return [...numbers, max]
}

/** By bisection, the last number from `from` on with the same result; at `to` it is another one. */
async function lastLike(
  passed: boolean,
  from: number,
  to: number,
  passes: (steps: number) => Promise<boolean>,
): Promise<number> {
  let [same, other] = [from, to]
  while (other - same > 1) {
    const middle = Math.floor((same + other) / 2)
    if ((await passes(middle)) === passed) same = middle
    else other = middle
  }
  return same
}

/** The last number that passes when it is simulated at length, found from where the quick simulation puts it. */
async function planningEdge(
  expected: number,
  max: number,
  passes: (steps: number) => Promise<boolean>,
): Promise<number> {
  let stride = 1
  if (expected > 0 && !(await passes(expected))) {
    let low = expected - stride
    while (low > 0 && !(await passes(low))) {
      stride *= 2
      low -= stride
    }
    return lastLike(true, Math.max(0, low), low + stride, passes)
  }
  let edge = expected
  while (edge < max && (await passes(edge + 1))) edge++
  return edge
}
