import type { SustainedVerdict } from '../sustained/judge-sustained.js'
import { fewestSteps, type CapacityCriteria } from '../verdict/capacity-criteria.js'
import { isInconclusive, type PointVerdict } from '../verdict/measure-cameras.js'
import { firstFailing, nextToMeasure, type SearchKnowledge } from './next-to-measure.js'

/** The state of a search as plain JSON. It is saved after each step. */
export interface SearchState {
  /** Cameras are added and removed in steps of this many: 1, or those of one edge device that batches across them. */
  step: number
  /** In steps. */
  bounds: SearchBounds
  /** Whether each number of cameras is predicted to be sustained, at index steps − 1. */
  predictions: boolean[]
  /** Predictions come from a simulation; else only from the measured ceiling. */
  simulated: boolean
  verdicts: PointVerdict[]
  /** Of the numbers at the planning edge, with all that was measured. */
  sustained: SustainedVerdict[]
  /** The time was up before the search had ended. */
  outOfTime?: boolean | undefined
}

/** In steps. */
export interface SearchBounds extends Pick<SearchKnowledge, 'lowest' | 'gridFrom'> {
  max: number
}

export interface CapacitySearch {
  /** @returns undefined if there is no time for it */
  measure: (cameras: number, expected: 'pass' | 'fail') => Promise<PointVerdict | undefined>
  /** Whether 1, 2, 3 … steps of cameras can be sustained, with everything measured so far. */
  predict: () => Promise<boolean[]>
  /** The same for one number of cameras, thoroughly. */
  judge: (cameras: number) => Promise<SustainedVerdict>
  /** `predict` simulates; else it only knows the ceiling. */
  simulated: boolean
  step: number
  bounds: SearchBounds
  /** Called after every step, also with the complete state. */
  save?: ((state: SearchState) => void | Promise<void>) | undefined
}

/** Numbers without a result, after which the machine is not fit to measure more. */
const mostInconclusive = 3

/**
 * Finds the planning capacity and measures both of its sides. Numbers pass if they pass measured and can be sustained; other
 * numbers rest on the prediction. All of it depends only on what is measured, so a search that is run again with the same
 * measurements takes the same way.
 */
export async function searchCapacity(search: CapacitySearch): Promise<SearchState> {
  const { measure, predict, judge, simulated, step, bounds, save } = search
  const state: SearchState = {
    step,
    bounds,
    simulated,
    predictions: await predict(),
    verdicts: [],
    sustained: [],
  }
  /** Edges that were judged with everything that is measured now. */
  let judged = new Set<number>()
  const judgeAt = async (steps: number) => {
    const verdict = await judge(steps * step)
    state.sustained = [...state.sustained.filter(({ cameras }) => cameras !== verdict.cameras), verdict]
    judged.add(steps)
    return verdict.decision === 'pass'
  }
  const retried = new Set<number>()
  for (;;) {
    await save?.(state)
    const steps = nextToMeasure(searchKnowledge(state)) ?? inconclusiveEdge(state, retried)
    if (steps === undefined) {
      if (await reviseEdge(state, judged, judgeAt, predict)) continue
      break
    }
    const isPredicted = state.predictions[steps - 1] === true
    const verdict = await measure(steps * step, isPredicted ? 'pass' : 'fail')
    if (verdict === undefined) {
      state.outOfTime = true
      break
    }
    if (state.verdicts.some(({ cameras }) => cameras === verdict.cameras)) retried.add(steps)
    state.verdicts = [...state.verdicts.filter(({ cameras }) => cameras !== verdict.cameras), verdict]
    judged = new Set()
    if (state.verdicts.filter(isInconclusive).length >= mostInconclusive) break
    if (isPredicted && verdict.decision !== 'pass' && !isInconclusive(verdict))
      state.predictions = await predict()
  }
  await reviseEdge(state, judged, judgeAt, predict)
  await save?.(state)
  return state
}

/** The number above the planning capacity if the machine kept it from being measured. A moment later it may be quieter. */
function inconclusiveEdge(state: SearchState, retried: ReadonlySet<number>): number | undefined {
  const failing = firstFailing(searchKnowledge(state))
  const verdict = state.verdicts.find(({ cameras }) => cameras === failing * state.step)
  return isInconclusive(verdict) && !retried.has(failing) ? failing : undefined
}

/**
 * Judges both sides of the planning edge with everything measured so far. If that contradicts the prediction, all numbers
 * are predicted again.
 *
 * @returns whether the edge may have moved
 */
async function reviseEdge(
  state: SearchState,
  judged: ReadonlySet<number>,
  judgeAt: (steps: number) => Promise<boolean>,
  predict: () => Promise<boolean[]>,
): Promise<boolean> {
  const knowledge = searchKnowledge(state)
  const failing = firstFailing(knowledge)
  const before = state.predictions
  for (const [steps, wanted] of [
    [failing - 1, true],
    [failing, false],
  ] as const) {
    if (steps < 1 || steps > state.bounds.max || judged.has(steps)) continue
    if (!wanted && knowledge.measured.get(steps) === false) continue
    const passes = await judgeAt(steps)
    if (passes === wanted) continue
    state.predictions = await predict()
    // A thorough judgement outweighs a quick prediction.
    state.predictions[steps - 1] = passes
  }
  return firstFailing(searchKnowledge(state)) !== failing && before !== state.predictions
}

/** What a search knows about each number. */
export function searchKnowledge({
  verdicts,
  predictions,
  bounds,
  step,
  simulated,
}: SearchState): SearchKnowledge {
  const measured = new Map(verdicts.map(({ cameras, decision }) => [cameras / step, decision === 'pass']))
  return { ...bounds, measured, predictions, simulated }
}

/** Above this multiple of the saturation no number of cameras can pass for long. */
const beyondSaturation = 1.2

/** Numbers whose requests take longer than this to pass are not measured, s. … */
export const measurableS = 90
/** … Those of a grid take no longer than this. */
const shortS = 25

/** Where a search begins and ends, in steps. */
export function searchBounds(options: {
  /** Number of cameras that send as many frames as the server can answer at most. */
  saturationCameras: number
  step: number
  /** Requests per second of one camera: fps ÷ K. */
  requestsPerCameraS: number
  criteria: CapacityCriteria
}): SearchBounds {
  const { saturationCameras, step } = options
  return {
    lowest: fewestSteps(measurableS, options),
    gridFrom: fewestSteps(shortS, options),
    max: Math.max(1, Math.ceil((beyondSaturation * saturationCameras) / step)),
  }
}
