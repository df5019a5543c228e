import { smallestGrowthShare } from '../../analysis/backlog.js'
import { computeQuantile } from '../../analysis/percentile.js'
import { decideEarly, type Decision, type EarlyStoppingRule } from './early-stopping.js'
import type { CameraCounts, CameraRun } from './camera-run.js'
import type { FailureCause } from '../../run/failures.js'
import type { SloSettings } from '../../scenario/plan/plan.js'
import { checks } from '../../analysis/checks.js'
import { lagLimitMs } from '../../analysis/generator-lag.js'
import { decideTwice, withoutLateness } from '../../analysis/lateness.js'

/** In the order in which they explain a failure: the first one that fails is reported. */
export const conditionNames = [
  'validity',
  'generator',
  'lateness',
  'lost',
  'delivered',
  'backlog',
  'latency',
  'camera-latency',
] as const
export type ConditionName = (typeof conditionNames)[number]

/** One condition, what was observed, and its limit, both in `unit`. */
export interface Condition {
  name: ConditionName
  seen: number
  limit: number
  unit: 'ms' | 'share' | 'reasons'
  decision: Decision
}

export interface WorstCamera {
  camera: number
  deliveredShare: number
  /** Share of its requests that were late or lost. */
  overShare: number
}

export interface RunVerdict {
  decision: Decision
  /** The condition that failed, that is undecided, or (in a pass) that is nearest to its limit. */
  binding: ConditionName
  conditions: Condition[]
  worstCamera: WorstCamera
  requests: number
  requestsOver: number
  /** Percentile of the latency of each request's oldest frame; undefined if it falls on a lost request. */
  latencyMs?: number | undefined
  windowS: number
  /** Why the repetition is invalid; empty if it is valid. */
  invalid: string[]
  /** The cause of most failed frames, if any failed. */
  commonestFailure?: FailureCause | undefined
  /** The two decisions, as measured and without lateness. Set if they differ. */
  lateness?: { measured: Decision; without: Decision } | undefined
}

/**
 * Judges one repetition by all conditions, not only up to the first that fails. The decision is taken twice: if it is
 * another one with each request's own lateness taken away, the condition `lateness` is not met.
 */
export function judgeRun(run: CameraRun, criteria: CapacityCriteria): RunVerdict {
  const {
    decision: judged,
    withoutLateness: other,
    latenessDecides,
  } = decideTwice(
    { measured: run, without: withoutLateness([run])?.[0] },
    (figures) => judge(figures, criteria),
    ({ decision }) => decision,
  )
  if (!latenessDecides) return judged
  const isOpen = [judged, other].some((one) => one?.decision === 'undecided')
  const lateness: Condition = {
    name: 'lateness',
    seen: 1,
    limit: 0,
    unit: 'reasons',
    // More requests may bring the two together.
    decision: isOpen ? 'undecided' : 'fail',
  }
  const conditions = conditionNames.flatMap((name) =>
    name === lateness.name ? [lateness] : judged.conditions.filter((condition) => condition.name === name),
  )
  return {
    ...judged,
    decision: lateness.decision,
    binding: lateness.name,
    conditions,
    lateness: { measured: judged.decision, without: other!.decision },
  }
}

function judge(run: CameraRun, criteria: CapacityCriteria): RunVerdict {
  const { earlyStopping, sloMs } = criteria
  const requests = run.latenciesMs.length
  let requestsOver = 0
  for (const ms of run.latenciesMs) if (ms > sloMs) requestsOver++
  const latencyMs = computeQuantile(run.latenciesMs.toSorted(), earlyStopping.percentile / 100)
  const worst = findWorstCamera(run.cameras)
  const atMost = (name: ConditionName, seen: number, limit: number, unit: Condition['unit']): Condition => ({
    name,
    seen,
    limit,
    unit,
    decision: seen <= limit ? 'pass' : 'fail',
  })
  const conditions: Condition[] = [
    atMost('validity', run.invalid.length, 0, 'reasons'),
    atMost('generator', run.generatorLagP99Ms, criteria.generatorLagP99MaxMs, 'ms'),
    ...(run.loadCpuShare === undefined
      ? []
      : [atMost('generator', run.loadCpuShare, criteria.loadCpuShareMax, 'share')]),
    atMost('lost', share(run.framesLost, run.framesScheduled), criteria.lostShareMax, 'share'),
    {
      name: 'delivered',
      seen: Math.min(...run.cameras.map(deliveredShare)),
      limit: criteria.deliveredShareMin,
      unit: 'share',
      decision: run.cameras.every((camera) => deliveredShare(camera) >= criteria.deliveredShareMin)
        ? 'pass'
        : 'fail',
    },
    {
      name: 'backlog',
      // Relative to the rate at which frames are captured. `backlogGrows` says if it is more than chance.
      seen: Math.max(0, share(run.backlogGrowthFps * run.windowS, run.framesScheduled)),
      limit: smallestGrowthShare,
      unit: 'share',
      decision: run.backlogGrows ? 'fail' : 'pass',
    },
    {
      name: 'latency',
      seen: latencyMs,
      limit: sloMs,
      unit: 'ms',
      decision: decideEarly(requests, requestsOver, earlyStopping),
    },
    {
      name: 'camera-latency',
      seen: overShare(worst),
      limit: 1 - earlyStopping.percentile / 100,
      unit: 'share',
      decision: cameraShownLate(run.cameras, criteria) ? 'fail' : 'pass',
    },
  ]
  const decision = overall(conditions.map((condition) => condition.decision))
  return {
    decision,
    binding: findBinding(conditions, decision),
    conditions,
    worstCamera: {
      camera: run.cameras.indexOf(worst),
      deliveredShare: deliveredShare(worst),
      overShare: overShare(worst),
    },
    requests,
    requestsOver,
    latencyMs: Number.isFinite(latencyMs) ? latencyMs : undefined,
    windowS: run.windowS,
    invalid: run.invalid,
    commonestFailure: run.failures?.[0],
  }
}

function overall(decisions: Decision[]): Decision {
  if (decisions.includes('fail')) return 'fail'
  return decisions.includes('undecided') ? 'undecided' : 'pass'
}

function findBinding(conditions: Condition[], decision: Decision): ConditionName {
  if (decision !== 'pass') return conditions.find((condition) => condition.decision === decision)!.name
  // `delivered` has a lower limit: the used share of what may be missing.
  const used = ({ name, seen, limit }: Condition) =>
    limit === 0 ? 0 : name === 'delivered' ? (1 - seen) / (1 - limit) : seen / limit
  return conditions.reduce((most, condition) => (used(condition) > used(most) ? condition : most)).name
}

/**
 * One camera alone sends too few requests to be shown within the limit in reasonable time. So all cameras together have to
 * be within the limit, and no single camera may be shown to be over it. The error probability is divided by the number of
 * cameras (Bonferroni): otherwise one of a hundred sound cameras would fail.
 */
function cameraShownLate(cameras: CameraCounts[], { earlyStopping }: CapacityCriteria): boolean {
  const rule = { ...earlyStopping, confidence: 1 - (1 - earlyStopping.confidence) / cameras.length }
  const allowed = 1 - earlyStopping.percentile / 100
  return cameras.some(
    ({ requests, requestsOver }) =>
      requestsOver > allowed * requests && decideEarly(requests, requestsOver, rule) === 'fail',
  )
}

/** The camera with the smallest share of frames delivered; among equals the one that was late most often. */
function findWorstCamera(cameras: CameraCounts[]): CameraCounts {
  return cameras.reduce((worst, camera) => {
    const difference = deliveredShare(camera) - deliveredShare(worst)
    return difference < 0 || (difference === 0 && overShare(camera) > overShare(worst)) ? camera : worst
  })
}

function deliveredShare({ framesOk, framesScheduled }: CameraCounts): number {
  return framesScheduled === 0 ? 1 : framesOk / framesScheduled
}

function overShare({ requestsOver, requests }: CameraCounts): number {
  return share(requestsOver, requests)
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}

/** The criteria that a number of cameras has to meet. A share of 0.01 is 1 %. */
export interface CapacityCriteria {
  /** Frame latency, from the scheduled capture. */
  sloMs: number
  earlyStopping: EarlyStoppingRule
  /** Number of repetitions with fresh camera phases; all of them have to pass. */
  repetitions: number
  /** Share of the frames that each camera scheduled in the window that were answered correctly. */
  deliveredShareMin: number
  /** Share of all frames that were dropped at the client, answered with an error, or not answered by the deadline. */
  lostShareMax: number
  /** Load generator: p99 of its own lateness, from the moment when a request could be sent. */
  generatorLagP99MaxMs: number
  /** Load generator: CPU of one load thread, as a share of one core. */
  loadCpuShareMax: number
  /** Shortest window. A repetition is extended if its requests are not enough for a decision, … */
  windowMinS: number
  /** … up to this time, all its windows together. */
  windowMaxS: number
}

/**
 * Stream density as Intel's benchmark defines it (the fps of every stream against a target), with latency from capture, 0.99
 * of the target instead of 0.95, and a check of the load generator.
 */
export function capacityCriteria(
  slo: SloSettings,
  window: { minS: number; maxS: number },
  repetitions = 3,
): CapacityCriteria {
  return {
    sloMs: slo.latencyMs,
    earlyStopping: { percentile: slo.percentile, confidence: 0.99 },
    repetitions,
    deliveredShareMin: 0.99,
    lostShareMax: 0.001,
    generatorLagP99MaxMs: lagLimitMs(slo.latencyMs),
    loadCpuShareMax: checks['client-saturated'].limit,
    windowMinS: window.minS,
    windowMaxS: window.maxS,
  }
}
