import { passingIntervals, type Interval } from './intervals.js'
import type { SustainedVerdict } from '../sustained/judge-sustained.js'
import type { ConditionName } from '../verdict/conditions.js'
import type { PointVerdict } from '../verdict/measure-cameras.js'
import { firstFailing } from './next-to-measure.js'
import { searchKnowledge, type SearchState } from './search-capacity.js'

export interface CapacityFound {
  /** Largest N such that every n ≤ N passes; 0 if there is none. */
  planning: number
  /** `measured`: the planning capacity itself was. Else it follows from the simulation. */
  basis: RegionBasis
  /** Only multiples of this are searched. */
  step: number
  /** All numbers up to `max` that pass, the planning region first if there is one. */
  passing: Interval[]
  /** Passing regions above the first failure: real, but of no use for planning. They are simulated. */
  upper: Interval[]
  /** The smallest number that does not pass; undefined if all up to `max` pass. */
  failsAt?: number | undefined
  max: number
  /** The verdict at `failsAt`; undefined if it was not measured, or nothing fails. */
  failure?: PointVerdict | undefined
  /** The verdict at the planning capacity itself, if it was measured. */
  capacity?: PointVerdict | undefined
  /** Whether the planning capacity can be sustained; undefined in files of version 1, or if nothing passes. */
  sustained?: SustainedVerdict | undefined
  /** The same at `failsAt`, if that is why it fails. */
  failureSustained?: SustainedVerdict | undefined
  /** Numbers measured, ascending. All others follow from the simulation, or from their neighbours. */
  measured: number[]
  /** The time was up: it is not known which of these numbers pass, both ends included. */
  open?: Interval | undefined
}

/** What an interval of passing numbers rests on. */
export type RegionBasis = 'measured' | 'simulated'

/** What a search has found so far. */
export function capacityFound(state: SearchState): CapacityFound {
  const { step, verdicts, bounds, predictions, sustained, simulated } = state
  const knowledge = searchKnowledge(state)
  const { measured } = knowledge
  const failing = firstFailing(knowledge)
  const passedBelow = [...measured]
    .filter(([steps, passed]) => passed && steps < failing)
    .map(([steps]) => steps)
  const isOut = state.outOfTime === true || verdicts.length === 0
  const largestPassed = Math.max(0, ...passedBelow)
  // If the time was up, the largest number that was seen to pass is safer than a prediction, above all a contradicted one.
  const isContradicted = measured.get(failing) === false && predictions[failing - 1] === true
  const planning = isOut && (largestPassed > 0 || isContradicted) ? largestPassed : failing - 1
  const passesAbove = (steps: number) =>
    predictions[steps - 1] === true &&
    (simulated ? measured.get(steps) !== false : isBetweenPasses(steps, measured))
  const passes = (steps: number) => steps <= planning || (steps > failing && passesAbove(steps))
  const passing = passingIntervals(passes, bounds.max).map(([from, to]): Interval => [from * step, to * step])
  const at = (steps: number) => verdicts.find(({ cameras }) => cameras === steps * step)
  const sustainedAt = (steps: number) => sustained.find(({ cameras }) => cameras === steps * step)
  const failure = at(failing)
  return {
    planning: planning * step,
    basis: measured.get(planning) === true ? 'measured' : 'simulated',
    step,
    passing,
    upper: planning > 0 ? passing.slice(1) : passing,
    ...(failing <= bounds.max && { failsAt: failing * step }),
    max: bounds.max * step,
    failure,
    capacity: at(planning),
    sustained: sustainedAt(planning),
    ...(failure?.decision !== undefined && failure.decision !== 'pass'
      ? {}
      : { failureSustained: sustainedAt(failing) }),
    measured: [...measured.keys()].toSorted((a, b) => a - b).map((steps) => steps * step),
    ...(state.outOfTime === true && { open: openNumbers(planning, failing, measured, bounds.max, step) }),
  }
}

/** What fails at `failsAt`; undefined if that was neither measured nor simulated thoroughly. */
export function bindingAt({
  failure,
  failureSustained,
}: CapacityFound): ConditionName | 'sustained' | undefined {
  if (failure !== undefined && failure.decision !== 'pass') return failure.binding
  return failureSustained === undefined ? undefined : 'sustained'
}

/** Without a simulation, only what lies between two numbers that passed is taken to pass. */
function isBetweenPasses(steps: number, measured: ReadonlyMap<number, boolean>): boolean {
  const places = [...measured.keys()].toSorted((a, b) => a - b)
  const below = places.findLast((place) => place <= steps)
  const above = places.find((place) => place >= steps)
  return [below, above].every((place) => place !== undefined && measured.get(place) === true)
}

function openNumbers(
  planning: number,
  failing: number,
  measured: ReadonlyMap<number, boolean>,
  max: number,
  step: number,
): Interval | undefined {
  const from = measured.get(planning) === true ? planning + 1 : Math.max(1, planning)
  const to = measured.has(failing) ? failing - 1 : Math.min(failing, max)
  return from <= to ? [from * step, to * step] : undefined
}
