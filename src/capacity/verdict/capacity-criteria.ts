import { checks } from '../../analysis/checks.js'
import { lagLimitMs } from '../../analysis/generator-lag.js'
import type { MeasureSettings, SloSettings } from '../../scenario/plan/plan.js'
import { lateShareRule, requestsToPass, type LateShareRule } from './late-share.js'

/** The criteria that a number of cameras has to meet. A share of 0.01 is 1 %. */
export interface CapacityCriteria {
  /** Frame latency, from the scheduled capture. */
  sloMs: number
  lateShare: LateShareRule
  /** Share of the frames that each camera scheduled that were answered correctly. */
  deliveredShareMin: number
  /** Share of all frames that were dropped at the client, answered with an error, or not answered by the deadline. */
  lostShareMax: number
  /** Load generator: p99 of its own lateness, from the moment when a request could be sent. */
  generatorLagP99MaxMs: number
  /** Load generator: CPU of one load thread, as a share of one core. */
  loadCpuShareMax: number
  /** Shortest and longest window of one draw of camera phases. */
  windowMinS: number
  windowMaxS: number
  /** Windows are added until the number is decided, up to this multiple of the time that a clear pass takes, … */
  patience: number
  /** … but no longer than this, all windows together. */
  totalMaxS: number
}

/** A window of a few seconds is long compared with a batch, and each draw of camera phases costs a warm-up. */
const windowS = { min: 3, max: 20 }

/**
 * Stream density as Intel's benchmark defines it (the fps of every stream against a target), with latency from capture, 0.99
 * of the target instead of 0.95, and a check of the load generator.
 *
 * @param measure its `repetitions` are the fewest draws of camera phases if the rule asks for fewer, its `durationS` the
 * shortest window if that is shorter than usual
 */
export function capacityCriteria(
  slo: SloSettings,
  measure: Partial<Pick<MeasureSettings, 'repetitions' | 'durationS'>> = {},
): CapacityCriteria {
  const { repetitions = 0, durationS = Number.POSITIVE_INFINITY } = measure
  return {
    sloMs: slo.latencyMs,
    lateShare: {
      percentile: slo.percentile,
      ...lateShareRule,
      drawsMin: Math.max(lateShareRule.drawsMin, repetitions),
    },
    deliveredShareMin: 0.99,
    lostShareMax: 0.001,
    generatorLagP99MaxMs: lagLimitMs(slo.latencyMs),
    loadCpuShareMax: checks['client-saturated'].limit,
    windowMinS: Math.min(windowS.min, durationS),
    windowMaxS: windowS.max,
    patience: 4,
    totalMaxS: 120,
  }
}

/** The criteria for one run with one draw of camera phases, which a simulation of many draws supports. */
export function singleDrawCriteria(slo: SloSettings): CapacityCriteria {
  const criteria = capacityCriteria(slo)
  return { ...criteria, lateShare: { ...criteria.lateShare, drawsMin: 1 } }
}

/** Seconds of windows in which this many requests per second are enough for a pass without a late one. */
export function clearPassS(requestsPerS: number, criteria: CapacityCriteria): number {
  const { lateShare, windowMinS } = criteria
  // The edges of a window make the number of its requests vary.
  const seconds = (1.02 * requestsToPass(0, lateShare)) / requestsPerS
  return Math.max(lateShare.drawsMin * windowMinS, seconds)
}

/** The longest time that one number is measured, without warm-ups. */
export function longestS(requestsPerS: number, criteria: CapacityCriteria): number {
  return Math.min(criteria.totalMaxS, criteria.patience * clearPassS(requestsPerS, criteria))
}

/** The fewest steps of cameras whose requests are enough for a pass within this time. */
export function fewestSteps(
  seconds: number,
  options: {
    step: number
    /** Requests per second of one camera: fps ÷ K. */
    requestsPerCameraS: number
    criteria: CapacityCriteria
  },
): number {
  const { step, requestsPerCameraS, criteria } = options
  const requests = 1.02 * requestsToPass(0, criteria.lateShare)
  return Math.max(1, Math.ceil(requests / seconds / (step * requestsPerCameraS)))
}
