import { phaseSeed } from '../../scenario/plan/plan.js'
import type { CameraRun } from './camera-run.js'
import { clearPassS, longestS, type CapacityCriteria } from './capacity-criteria.js'
import { judgeDraws, type DrawsVerdict } from './judge-draws.js'
import { requestsToPass } from './late-share.js'

/** One window of load, to be measured or simulated. */
export interface WindowRequest {
  cameras: number
  /** From 1. Each repetition has fresh camera phases. */
  repetition: number
  /** From 1. A window without a result (see `isInconclusive`) is measured again, with the same phases. */
  attempt: number
  phaseSeed: number
  windowS: number
}

export type MeasureWindow = (request: WindowRequest) => Promise<CameraRun>

/** Whether this many cameras pass, and why: plain data, saved as it is. */
export interface PointVerdict extends DrawsVerdict {
  cameras: number
  /** All windows together, those without a result included, without warm-ups. */
  measuredS: number
}

export interface MeasureCamerasOptions {
  measureWindow: MeasureWindow
  criteria: CapacityCriteria
  seed: number
  /** Requests per second of one camera: fps ÷ K. */
  requestsPerCameraS: number
  /** An expected failure needs few requests: the first window is the shortest, and no time is spent on a close result. */
  failureExpected?: boolean | undefined
  /** Ends the measurement after the current window, decided or not. */
  isTimeUp?: (() => boolean) | undefined
}

/**
 * Measures windows, each with fresh camera phases, until the number of cameras is decided or its time is up. What is still
 * open then does not pass.
 */
export async function measureCameras(cameras: number, options: MeasureCamerasOptions): Promise<PointVerdict> {
  const { measureWindow, criteria, seed, requestsPerCameraS, failureExpected, isTimeUp } = options
  const requestsPerS = cameras * requestsPerCameraS
  const totalS =
    failureExpected === true ? hurry * clearPassS(requestsPerS, criteria) : longestS(requestsPerS, criteria)
  const draws: CameraRun[] = []
  let measuredS = 0
  let verdict: DrawsVerdict | undefined
  for (let repetition = 1; ; repetition++) {
    const about = { cameras, repetition, phaseSeed: phaseSeed(seed, cameras, repetition) }
    const windowS =
      verdict === undefined && failureExpected === true
        ? criteria.windowMinS
        : nextWindowS(verdict, requestsPerS, criteria)
    let draw: CameraRun
    let attempt = 0
    do {
      attempt++
      draw = await measureWindow({ ...about, attempt, windowS })
      measuredS += draw.windowS
    } while (attempt < mostAttempts && isInconclusive(judgeDraws([draw], criteria)))
    draws.push(draw)
    verdict = judgeDraws(draws, criteria)
    const isOver = verdict.decision !== 'undecided' || measuredS >= totalS || isTimeUp?.() === true
    if (isOver) return { ...verdict, cameras, measuredS }
  }
}

/** Windows whose load generator was late, or that are INVALID, say nothing about the server and are measured again. */
const mostAttempts = 3

/** The time for a number that is expected to fail, as a multiple of that of a clear pass. */
const hurry = 1.5

/**
 * Whether the load generator or the machine caused the failure. Then nothing is known about the server at this number
 * of cameras.
 */
export function isInconclusive(verdict: Pick<DrawsVerdict, 'binding' | 'decision'> | undefined): boolean {
  if (verdict === undefined || verdict.decision === 'pass') return false
  const { binding, decision } = verdict
  return (
    binding === 'lateness' || (decision === 'fail' && (binding === 'generator' || binding === 'validity'))
  )
}

/** The length of the next window: the requests that a pass still needs, dealt to the draws that it still needs. */
function nextWindowS(
  verdict: DrawsVerdict | undefined,
  requestsPerS: number,
  criteria: CapacityCriteria,
): number {
  const { lateShare, windowMinS, windowMaxS } = criteria
  const { requests = 0, requestsOver = 0, draws = [] } = verdict ?? {}
  const missing = (1.02 * (requestsToPass(requestsOver, lateShare) - requests)) / requestsPerS
  const seconds = missing / Math.max(1, lateShare.drawsMin - draws.length)
  return Math.min(windowMaxS, Math.max(windowMinS, seconds))
}
