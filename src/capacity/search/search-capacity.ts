import { stepsToDecide, type PointVerdict } from '../verdict/measure-cameras.js'
import { nextToMeasure, predictAll, type Prediction, type SearchKnowledge } from './next-to-measure.js'
import type { CapacityCriteria } from '../verdict/judge-run.js'

/** The state of a search as plain JSON. It is saved after each step, and a search can be resumed from it. */
export interface SearchState {
  /** Cameras are added and removed in steps of this many: 1, or those of one edge device that batches across them. */
  step: number
  /** In steps. */
  bounds: SearchBounds
  /** At index steps − 1; empty if nothing can be simulated. */
  predictions: Prediction[]
  verdicts: PointVerdict[]
}

/** In steps. */
export type SearchBounds = Pick<SearchKnowledge, 'lowest' | 'gridFrom' | 'max'>

export interface CapacityFound {
  /** Largest N such that every n ≤ N passes; 0 if there is none. */
  planning: number
  /** Only multiples of this are searched. */
  step: number
  /** All numbers up to `max` that pass, the planning region first if there is one. */
  passing: Interval[]
  /** Passing regions above the first failure: real, but of no use for planning. */
  upper: Interval[]
  /** The smallest number that does not pass; undefined if all up to `max` pass. */
  failsAt?: number | undefined
  max: number
  /** The verdict at `failsAt`; undefined if that was only simulated, or nothing fails. */
  failure?: PointVerdict | undefined
  /** The verdict at the planning capacity itself, if it was measured. */
  capacity?: PointVerdict | undefined
  /** Numbers measured, ascending. All others were only simulated, or follow from their neighbours. */
  measured: number[]
}

/**
 * Finds which numbers of cameras pass. `simulate`, if given, is called for every number first, once; `measure` as rarely as
 * `nextToMeasure` allows. Both get numbers of cameras.
 */
export async function searchCapacity(options: {
  /** @param expected by simulation; undefined without one */
  measure: (cameras: number, expected: Prediction | undefined) => Promise<PointVerdict>
  simulate?: ((cameras: number) => Prediction | Promise<Prediction>) | undefined
  step: number
  bounds: SearchBounds
  /** The state of an interrupted search. */
  state?: SearchState | undefined
  /** Called after every step, also with the complete state. */
  save?: ((state: SearchState) => void | Promise<void>) | undefined
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
    const steps = nextToMeasure(toKnowledge(state))
    if (steps === undefined) return capacityFound(state)
    state.verdicts.push(await measure(steps * state.step, state.predictions[steps - 1]))
    await save?.(state)
  }
}

/** What a search has found so far; complete once `nextToMeasure` asks for nothing more. */
export function capacityFound(state: SearchState): CapacityFound {
  const { step, verdicts } = state
  const { measured, max } = toKnowledge(state)
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

/** By measurement; else by a sure prediction; else as the nearest measured number below (or, at the start, above). */
function passesAt(state: SearchState): (steps: number) => boolean {
  const { measured, predictions } = toKnowledge(state)
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

function toKnowledge({ verdicts, predictions, bounds, step }: SearchState): SearchKnowledge {
  const measured = new Map(verdicts.map(({ cameras, decision }) => [cameras / step, decision === 'pass']))
  return { measured, predictions, ...bounds }
}

/** A range of numbers of cameras, both ends included. */
export type Interval = [from: number, to: number]

/** The ranges of consecutive passing numbers from 1 to max. */
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

/** The largest N such that every n ≤ N passes; 0 if one camera fails already. */
export function planningCapacity(intervals: readonly Interval[]): number {
  const first = intervals[0]
  return first?.[0] === 1 ? first[1] : 0
}

/** Above this multiple of the saturation no number of cameras can pass for long. */
const beyondSaturation = 1.2

/**
 * Where a search begins and ends, in steps. A few cameras need a long time to send the requests for a verdict: numbers
 * that would need more than the longest window are not measured. If all numbers are simulated too, the grid starts with
 * those that need a quarter of it at most.
 */
export function searchBounds(options: {
  /** Number of cameras that send as many frames as the server can answer at most. */
  saturationCameras: number
  step: number
  /** Requests per second of one camera: fps ÷ K. */
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
    gridFrom: options.simulated
      ? Math.min(max, stepsWithin(Math.max(criteria.windowMinS, criteria.windowMaxS / 4)))
      : lowest,
    max,
  }
}
