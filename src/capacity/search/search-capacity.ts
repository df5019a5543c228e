import type { PointVerdict } from '../verdict/measure-cameras.js'
import { nextToMeasure, type SearchKnowledge } from './next-to-measure.js'
import { type Interval, passingIntervals, planningCapacity } from './passing-intervals.js'
import { type Prediction, predictAll } from './prediction.js'

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
export type SearchBounds = Pick<SearchKnowledge, 'lowest' | 'ladderFrom' | 'max'>

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
