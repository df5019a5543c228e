import { phaseSeed } from '../../scenario/plan/plan.js'
import { requestsToPass, type Decision } from './early-stopping.js'
import { joinWindows, type CameraRun } from './camera-run.js'
import {
  judgeRun,
  type CapacityCriteria,
  type ConditionName,
  type RunVerdict,
  type WorstCamera,
} from './judge-run.js'

/** One window of load, to be measured or simulated. */
export interface WindowRequest {
  cameras: number
  /** From 1. */
  repetition: number
  /** From 1. A repetition without a result (see `isInconclusive`) is measured again, with the same phases. */
  attempt: number
  /** From 1. A repetition that is undecided gets another window. */
  window: number
  phaseSeed: number
  windowS: number
}

export type MeasureWindow = (request: WindowRequest) => Promise<CameraRun>

/** Whether this many cameras pass, and why: plain data, saved as it is. */
export interface PointVerdict {
  cameras: number
  decision: Decision
  /** Up to the first repetition that did not pass. */
  repetitions: RunVerdict[]
  binding: ConditionName
  worstCamera: WorstCamera
  /** All windows together, without warm-up. */
  measuredS: number
}

export interface MeasureCamerasOptions {
  measureWindow: MeasureWindow
  criteria: CapacityCriteria
  seed: number
  /** Requests per second of one camera: fps ÷ K. */
  requestsPerCameraS: number
  /** An expected failure needs few requests, so the first window is the shortest one. */
  failureExpected?: boolean | undefined
}

/**
 * Measures repetitions with fresh camera phases, each until it is decided or its time is up, and stops at the first that
 * does not pass: a number of cameras has to pass in all of them.
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
    } while (isInconclusive(verdict) && attempt < mostAttempts)
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

/** Measures one repetition, window after window, until it is decided or its time is up. */
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

/** If the load generator was late, or its lateness decides, the repetition says nothing about the server and is measured again. */
const mostAttempts = 3

/**
 * Whether the load generator or the machine caused the failure. Then nothing is known about the server at this number
 * of cameras.
 */
export function isInconclusive(verdict: Pick<RunVerdict, 'binding' | 'decision'> | undefined): boolean {
  if (verdict === undefined || verdict.decision === 'pass') return false
  const { binding, decision } = verdict
  return (
    binding === 'lateness' || (decision === 'fail' && (binding === 'generator' || binding === 'validity'))
  )
}

function isWorse(one: WorstCamera, other: WorstCamera): boolean {
  return one.deliveredShare === other.deliveredShare
    ? one.overShare > other.overShare
    : one.deliveredShare < other.deliveredShare
}

/** Length of a window that sends this many requests, plus 2 %, because its edges make their number vary. */
function secondsToSend(requests: number, requestsPerS: number): number {
  return (1.02 * requests) / requestsPerS
}

/**
 * The length of the next window of a repetition.
 *
 * @param verdict of the windows so far; undefined before the first one
 * @returns seconds; 0 if the repetition is decided or its time is up
 */
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
  // In a very short window, edge effects would dominate.
  if (leftS < criteria.windowMinS / 2) return 0
  const missing = requestsToPass(verdict.requestsOver, criteria.earlyStopping) - verdict.requests
  return Math.min(leftS, Math.max(criteria.windowMinS, secondsToSend(missing, requestsPerS)))
}

/** The fewest steps of cameras whose requests, all in time, are enough for a verdict within this time. */
export function stepsToDecide(
  seconds: number,
  options: {
    step: number
    /** Requests per second of one camera: fps ÷ K. */
    requestsPerCameraS: number
    criteria: Pick<CapacityCriteria, 'earlyStopping'>
  },
): number {
  const { step, requestsPerCameraS, criteria } = options
  const cameraSeconds = secondsToSend(requestsToPass(0, criteria.earlyStopping), requestsPerCameraS)
  return Math.max(1, Math.ceil(cameraSeconds / seconds / step))
}
