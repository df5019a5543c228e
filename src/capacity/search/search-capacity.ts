import type { PointVerdict } from '../verdict/measure-cameras.js'
import type { Prediction, SearchKnowledge } from './next-to-measure.js'
import { nextToMeasure, predictAll } from './next-to-measure.js'
import { stepsToDecide } from '../verdict/window-length.js'
import type { CapacityCriteria } from '../verdict/capacity-criteria.js'

/** All that a search has found so far: plain JSON, saved after each step, and enough to go on from. */
export interface SearchState {
  /** Cameras are added and taken away by this many: 1, or those of one edge device that batches across them. */
  step: number
  /** In steps, as is `predictions`, at index steps − 1; that is empty where nothing can be simulated. */
  bounds: SearchBounds
  predictions: Prediction[]
  verdicts: PointVerdict[]
}

/** In steps. */
type SearchBounds = Pick<SearchKnowledge, 'lowest' | 'ladderFrom' | 'max'>

export interface CapacityFound {
  /** Largest N such that every n ≤ N passes; 0 where there is none. */
  planning: number
  /** Only multiples of this are numbers of cameras here. */
  step: number
  /** All numbers that pass up to `max`, the planning region first where there is one. */
  passing: Interval[]
  /** Passing regions above the first failure: real, but of no use to a plan. */
  upper: Interval[]
  /** The smallest number that does not pass; undefined where all up to `max` do. */
  failsAt?: number
  max: number
  /** The first failure, measured, with what binds there; undefined where it was only simulated or there is none. */
  failure?: PointVerdict
  /** The planning capacity itself, where it was measured. */
  capacity?: PointVerdict
  /** Numbers measured, ascending; whatever lies between them was only simulated, or follows from its neighbours. */
  measured: number[]
}

/**
 * Finds which numbers of cameras pass. `measure` is asked as rarely as `nextToMeasure` allows.
 * `simulate`, where there is one, is asked for every number first, once. Both get numbers of cameras.
 */
export async function searchCapacity(options: {
  /** `expected` is what simulation says, undefined without one. */
  measure: (cameras: number, expected: Prediction | undefined) => Promise<PointVerdict>
  simulate?: (cameras: number) => Prediction | Promise<Prediction>
  step: number
  bounds: SearchBounds
  /** A search that was interrupted. */
  state?: SearchState
  /** Called after every step, also with the complete state. */
  save?: (state: SearchState) => void | Promise<void>
}): Promise<CapacityFound> {
  const { measure, simulate, step, bounds, save } = options
  const state = options.state ?? {
    step,
    bounds,
    predictions:
      simulate === undefined ? [] : await predictAll((steps) => simulate(steps * step), bounds.max),
    verdicts: [],
  }
  await save?.(state)
  for (;;) {
    const steps = nextToMeasure(knowledgeOf(state))
    if (steps === undefined) return capacityFound(state)
    state.verdicts.push(await measure(steps * state.step, state.predictions[steps - 1]))
    await save?.(state)
  }
}

/** What a search knows so far; complete once `nextToMeasure` has nothing more to ask. */
export function capacityFound(state: SearchState): CapacityFound {
  const { step, verdicts } = state
  const { measured, max } = knowledgeOf(state)
  const regions = passingIntervals(passesAt(state), max)
  const planningSteps = planningCapacity(regions)
  const passing = regions.map(([from, to]): Interval => [from * step, to * step])
  const at = (steps: number) => verdicts.find(({ cameras }) => cameras === steps * step)
  const failure = at(planningSteps + 1)
  const capacity = at(planningSteps)
  return {
    planning: planningSteps * step,
    step,
    passing,
    upper: planningSteps > 0 ? passing.slice(1) : passing,
    ...(planningSteps < max && { failsAt: (planningSteps + 1) * step }),
    max: max * step,
    ...(failure !== undefined && { failure }),
    ...(capacity !== undefined && { capacity }),
    measured: [...measured.keys()].toSorted((a, b) => a - b).map((steps) => steps * step),
  }
}

/** Measured where it was; else what simulation is sure of; else as the nearest number below, above at the start. */
function passesAt(state: SearchState): (steps: number) => boolean {
  const { measured, predictions } = knowledgeOf(state)
  const places = [...measured.keys()].toSorted((a, b) => a - b)
  return (steps) => {
    const seen = measured.get(steps)
    if (seen !== undefined) return seen
    const prediction = predictions[steps - 1]
    if (prediction === 'pass' || prediction === 'fail') return prediction === 'pass'
    const neighbour = places.findLast((place) => place < steps) ?? places[0]
    return neighbour !== undefined && measured.get(neighbour) === true
  }
}

function knowledgeOf({ verdicts, predictions, bounds, step }: SearchState): SearchKnowledge {
  const measured = new Map(verdicts.map(({ cameras, decision }) => [cameras / step, decision === 'pass']))
  return { measured, predictions, ...bounds }
}

/** Numbers of cameras from … to, both included. */
export type Interval = [from: number, to: number]

/** All runs of consecutive passing numbers among 1 … max. */
export function passingIntervals(passes: (cameras: number) => boolean, max: number): Interval[] {
  const intervals: Interval[] = []
  for (let cameras = 1; cameras <= max; cameras++) {
    if (!passes(cameras)) continue
    const last = intervals.at(-1)
    if (last !== undefined && last[1] === cameras - 1) last[1] = cameras
    else intervals.push([cameras, cameras])
  }
  return intervals
}

/** The largest N such that every n ≤ N passes; 0 where one camera fails already. */
export function planningCapacity(intervals: readonly Interval[]): number {
  const first = intervals[0]
  return first?.[0] === 1 ? first[1] : 0
}

/** Above this times the saturation no number of cameras can pass for long. */
const beyondSaturation = 1.2

/**
 * Where a search begins and ends, in steps. Few cameras take long to send the requests that a verdict takes: what
 * would take longer than the longest window cannot be measured, and where simulation looks at them too the ladder
 * starts with those that take no longer than a quarter of it.
 */
export function searchBounds(options: {
  /** At which as many frames come as the server can serve at best. */
  saturationCameras: number
  step: number
  /** Requests that one camera sends in a second: fps ÷ K. */
  requestsPerCameraS: number
  criteria: CapacityCriteria
  simulated: boolean
}): SearchBounds {
  const { saturationCameras, step, requestsPerCameraS, criteria } = options
  const stepsWithin = (seconds: number) => stepsToDecide(seconds, { step, requestsPerCameraS, criteria })
  const max = Math.max(1, Math.ceil((beyondSaturation * saturationCameras) / step))
  const lowest = Math.min(max, stepsWithin(criteria.windowMaxS))
  return {
    lowest,
    ladderFrom: options.simulated
      ? Math.min(max, stepsWithin(Math.max(criteria.windowMinS, criteria.windowMaxS / 4)))
      : lowest,
    max,
  }
}
