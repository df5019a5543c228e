import { phaseSeed } from '../../scenario/plan/order-measurements.js'
import { type Decision, requestsToPass } from './early-stopping.js'
import { type CameraRun, joinWindows } from './camera-run.js'
import type { CapacityCriteria } from './capacity-criteria.js'
import { secondsToSend } from './window-length.js'
import { type ConditionName, judgeRun, type RunVerdict, type WorstCamera } from './judge-run.js'

/** One window of load, to be measured or simulated. */
export interface WindowRequest {
  cameras: number
  /** From 1. */
  repetition: number
  /** From 1: a repetition that may not be believed is measured again, with the same phases. */
  attempt: number
  /** From 1: one that decides nothing is measured on. */
  window: number
  phaseSeed: number
  windowS: number
}

export type MeasureWindow = (request: WindowRequest) => Promise<CameraRun>

/** Plain data, saved as it is: whether this many cameras pass, and why. */
export interface PointVerdict {
  cameras: number
  decision: Decision
  /** Up to the first repetition that did not pass. */
  repetitions: RunVerdict[]
  binding: ConditionName
  worstCamera: WorstCamera
  /** All windows together; warm-up is not counted. */
  measuredS: number
}

export interface MeasureCamerasOptions {
  measureWindow: MeasureWindow
  criteria: CapacityCriteria
  seed: number
  /** Requests that one camera sends in a second: fps ÷ K. */
  requestsPerCameraS: number
  /** A failure that is expected shows in few requests: the first window is then the shortest one. */
  failureExpected?: boolean
}

/**
 * Measures fresh repetitions, each until it is decided or its time is up, and stops at the first that does not
 * pass: a number of cameras has to pass in all of them.
 */
export async function measureCameras(cameras: number, options: MeasureCamerasOptions): Promise<PointVerdict> {
  const { criteria } = options
  const repetitions: RunVerdict[] = []
  let measuredS = 0
  for (let repetition = 1; repetition <= criteria.repetitions; repetition++) {
    let verdict: RunVerdict
    let attempt = 0
    do {
      attempt++
      verdict = await measureRepetition({ cameras, repetition, attempt }, options)
      measuredS += verdict.windowS
    } while (saysNothing(verdict) && attempt < mostAttempts)
    repetitions.push(verdict)
    if (verdict.decision !== 'pass') break
  }
  const last = repetitions.at(-1)!
  const worst = repetitions.reduce((one, other) =>
    isWorse(other.worstCamera, one.worstCamera) ? other : one,
  )
  return {
    cameras,
    decision: last.decision,
    repetitions,
    binding: last.binding,
    worstCamera: worst.worstCamera,
    measuredS,
  }
}

/** One repetition, window after window until it is decided or its time is up. */
async function measureRepetition(
  { cameras, repetition, attempt }: Pick<WindowRequest, 'cameras' | 'repetition' | 'attempt'>,
  { measureWindow, criteria, seed, requestsPerCameraS, failureExpected }: MeasureCamerasOptions,
): Promise<RunVerdict> {
  const about = { cameras, repetition, attempt, phaseSeed: phaseSeed(seed, cameras, repetition) }
  const requestsPerS = cameras * requestsPerCameraS
  const firstS =
    failureExpected === true ? criteria.windowMinS : nextWindowS(undefined, requestsPerS, criteria)
  let run = await measureWindow({ ...about, window: 1, windowS: firstS })
  for (let window = 2; ; window++) {
    const verdict = judgeRun(run, criteria)
    const windowS = nextWindowS(verdict, requestsPerS, criteria)
    if (windowS === 0) return verdict
    run = joinWindows(run, await measureWindow({ ...about, window, windowS }))
  }
}

/** A generator that was late once says nothing about the server: that repetition is measured again. */
const mostAttempts = 3

/** It failed by the load generator or the machine: nothing is known of the server at this many cameras. */
export function saysNothing(verdict: Pick<RunVerdict, 'binding' | 'decision'> | undefined): boolean {
  return verdict?.decision === 'fail' && (verdict.binding === 'generator' || verdict.binding === 'validity')
}

/** Seconds to measure next, 0 where the repetition is decided or its time is up. */
function nextWindowS(
  verdict: Pick<RunVerdict, 'decision' | 'requests' | 'requestsOver' | 'windowS'> | undefined,
  requestsPerS: number,
  criteria: CapacityCriteria,
): number {
  if (verdict === undefined) {
    const fewest = secondsToSend(requestsToPass(0, criteria.earlyStopping), requestsPerS)
    return Math.min(criteria.windowMaxS, Math.max(criteria.windowMinS, fewest))
  }
  if (verdict.decision !== 'undecided') return 0
  const leftS = criteria.windowMaxS - verdict.windowS
  // A sliver of a window would show nothing that its edges don't spoil.
  if (leftS < criteria.windowMinS / 2) return 0
  const missing = requestsToPass(verdict.requestsOver, criteria.earlyStopping) - verdict.requests
  return Math.min(leftS, Math.max(criteria.windowMinS, secondsToSend(missing, requestsPerS)))
}

function isWorse(one: WorstCamera, other: WorstCamera): boolean {
  return one.deliveredShare === other.deliveredShare
    ? one.overShare > other.overShare
    : one.deliveredShare < other.deliveredShare
}
