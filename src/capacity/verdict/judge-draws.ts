import { decideTwice, withoutLateness } from '../../analysis/lateness.js'
import { mergeFailures, type FailureCause } from '../../run/failures.js'
import { findWorstCamera, type WorstCamera } from './camera-counts.js'
import type { CameraRun } from './camera-run.js'
import type { CapacityCriteria } from './capacity-criteria.js'
import {
  backlogCondition,
  cameraLatencyCondition,
  clientConditions,
  conditionNames,
  countLate,
  frameConditions,
  latencyCondition,
  percentileMs,
  type Condition,
  type ConditionName,
  type Decision,
} from './conditions.js'

/** The figures of one draw of camera phases. */
export interface DrawFigures {
  windowS: number
  requests: number
  requestsOver: number
  /** Percentile of the latency of each request's oldest frame; undefined if it falls on a lost request. */
  latencyMs?: number | undefined
}

/** Whether a number of cameras passes the measured conditions, over all its draws: plain data, saved as it is. */
export interface DrawsVerdict {
  decision: Decision
  /** The condition that failed, that is undecided, or (in a pass) that is nearest to its limit. */
  binding: ConditionName
  conditions: Condition[]
  worstCamera: WorstCamera
  draws: DrawFigures[]
  /** Over all draws, as `DrawFigures` has them. */
  requests: number
  requestsOver: number
  latencyMs?: number | undefined
  /** Why a draw is invalid; empty if all are valid. */
  invalid: string[]
  /** The cause of most failed frames, if any failed. */
  commonestFailure?: FailureCause | undefined
  /** The two decisions, as measured and without lateness. Set if they differ. */
  lateness?: { measured: Decision; without: Decision } | undefined
}

/**
 * Judges a number of cameras by all conditions, not only up to the first that fails. The decision is taken twice: if it is
 * another one with each request's own lateness taken away, the condition `lateness` is not met.
 *
 * @param draws windows with the same number of cameras, each with fresh camera phases; at least one
 */
export function judgeDraws(draws: readonly CameraRun[], criteria: CapacityCriteria): DrawsVerdict {
  const {
    decision: judged,
    withoutLateness: other,
    latenessDecides,
  } = decideTwice(
    { measured: draws, without: withoutLateness(draws) },
    (figures) => judge(figures, criteria),
    ({ decision }) => decision,
  )
  // An open decision is no pass in either case, and more requests may bring the two together.
  if (!latenessDecides || judged.decision === 'undecided') return judged
  const isOpen = other?.decision === 'undecided'
  const lateness: Condition = {
    name: 'lateness',
    seen: 1,
    limit: 0,
    unit: 'reasons',
    decision: isOpen ? 'undecided' : 'fail',
  }
  return {
    ...judged,
    decision: lateness.decision,
    binding: lateness.name,
    conditions: conditionNames.flatMap((name) =>
      name === lateness.name ? [lateness] : judged.conditions.filter((condition) => condition.name === name),
    ),
    lateness: { measured: judged.decision, without: other!.decision },
  }
}

function judge(draws: readonly CameraRun[], criteria: CapacityCriteria): DrawsVerdict {
  const figures = draws.map((draw) => drawFigures(draw, criteria))
  const requests = figures.reduce((total, draw) => total + draw.requests, 0)
  const requestsOver = figures.reduce((total, draw) => total + draw.requestsOver, 0)
  const conditions = [
    ...clientConditions(draws, criteria),
    ...frameConditions(draws, criteria),
    backlogCondition(draws, criteria),
    latencyCondition(draws, criteria),
    cameraLatencyCondition(draws, criteria),
  ]
  const decision = overall(conditions)
  const latencyMs = percentileMs(draws, criteria.lateShare.percentile)
  const failures = mergeFailures(draws.flatMap((draw) => draw.failures ?? []))
  return {
    decision,
    binding: findBinding(conditions, decision),
    conditions,
    worstCamera: findWorstCamera(draws),
    draws: figures,
    requests,
    requestsOver,
    latencyMs: Number.isFinite(latencyMs) ? latencyMs : undefined,
    invalid: [...new Set(draws.flatMap(({ invalid }) => invalid))],
    commonestFailure: failures[0],
  }
}

function drawFigures(draw: CameraRun, { sloMs, lateShare }: CapacityCriteria): DrawFigures {
  const latencyMs = percentileMs([draw], lateShare.percentile)
  const { requests, late } = countLate(draw, sloMs)
  return {
    windowS: draw.windowS,
    requests,
    requestsOver: late,
    latencyMs: Number.isFinite(latencyMs) ? latencyMs : undefined,
  }
}

function overall(conditions: readonly Condition[]): Decision {
  const decisions = new Set(conditions.map(({ decision }) => decision))
  if (decisions.has('fail')) return 'fail'
  return decisions.has('undecided') ? 'undecided' : 'pass'
}

function findBinding(conditions: readonly Condition[], decision: Decision): ConditionName {
  if (decision !== 'pass') return conditions.find((condition) => condition.decision === decision)!.name
  // `delivered` has a lower limit: the used share of what may be missing.
  const used = ({ name, seen, limit }: Condition) =>
    limit === 0 ? 0 : name === 'delivered' ? (1 - seen) / (1 - limit) : seen / limit
  return conditions.reduce((most, condition) => (used(condition) > used(most) ? condition : most)).name
}
