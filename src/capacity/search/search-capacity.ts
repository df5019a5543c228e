import type { PointVerdict } from '../verdict/measure-cameras.js'
import { nextToMeasure } from './next-to-measure.js'
import { type Interval, passingIntervals, planningCapacity } from './passing-intervals.js'
import { type Prediction, predictAll } from './prediction.js'

/** All that a search has found so far: plain JSON, saved after each step, and enough to go on from. */
export interface SearchState {
  from: number
  max: number
  /** At index cameras − 1; empty where nothing can be simulated. */
  predictions: Prediction[]
  verdicts: PointVerdict[]
}

export interface CapacityFound {
  /** Largest N such that every n ≤ N passes; 0 where there is none. */
  planning: number
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
 * `simulate`, where there is one, is asked for every number first, once.
 */
export async function searchCapacity(options: {
  measure: (cameras: number) => Promise<PointVerdict>
  simulate?: (cameras: number) => Prediction | Promise<Prediction>
  from: number
  max: number
  /** A search that was interrupted. */
  state?: SearchState
  /** Called after every step, also with the complete state. */
  save?: (state: SearchState) => void | Promise<void>
}): Promise<CapacityFound> {
  const { measure, simulate, from, max, save } = options
  const state = options.state ?? {
    from,
    max,
    predictions: simulate === undefined ? [] : await predictAll(simulate, max),
    verdicts: [],
  }
  await save?.(state)
  for (;;) {
    const cameras = nextToMeasure(knowledgeOf(state))
    if (cameras === undefined) return capacityFound(state)
    state.verdicts.push(await measure(cameras))
    await save?.(state)
  }
}

/** What a search knows so far; complete once `nextToMeasure` has nothing more to ask. */
export function capacityFound(state: SearchState): CapacityFound {
  const { measured } = knowledgeOf(state)
  const { max } = state
  const passes = passesAt(state)
  const passing = passingIntervals(passes, max)
  const planning = planningCapacity(passing)
  const failsAt = planning < max ? planning + 1 : undefined
  const at = (cameras: number | undefined) => state.verdicts.find((verdict) => verdict.cameras === cameras)
  const failure = at(failsAt)
  const capacity = at(planning)
  return {
    planning,
    passing,
    upper: planning > 0 ? passing.slice(1) : passing,
    ...(failsAt !== undefined && { failsAt }),
    max,
    ...(failure !== undefined && { failure }),
    ...(capacity !== undefined && { capacity }),
    measured: [...measured.keys()].toSorted((a, b) => a - b),
  }
}

/** Measured where it was; else what simulation is sure of; else as the nearest number below, above at the start. */
function passesAt(state: SearchState): (cameras: number) => boolean {
  const { measured } = knowledgeOf(state)
  const places = [...measured.keys()].toSorted((a, b) => a - b)
  return (cameras) => {
    const seen = measured.get(cameras)
    if (seen !== undefined) return seen
    const prediction = state.predictions[cameras - 1]
    if (prediction === 'pass' || prediction === 'fail') return prediction === 'pass'
    const neighbour = places.findLast((place) => place < cameras) ?? places[0]
    return neighbour !== undefined && measured.get(neighbour) === true
  }
}

function knowledgeOf({ verdicts, predictions, from, max }: SearchState) {
  const measured = new Map(verdicts.map(({ cameras, decision }) => [cameras, decision === 'pass'] as const))
  return { measured, predictions, from, max }
}
