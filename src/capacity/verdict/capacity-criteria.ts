import type { SloSettings } from '../../scenario/schema/settings.js'
import { checks } from '../../analysis/checks.js'
import { lagLimitMs } from '../../analysis/generator-lag.js'
import type { EarlyStoppingRule } from './early-stopping.js'

/** What N cameras have to show for N to pass. A share of 0.01 is 1 %. */
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
  /** Shortest window. A repetition is measured longer if its requests decide nothing yet, … */
  windowMinS: number
  /** … up to this time, all its windows together. */
  windowMaxS: number
}

/**
 * Stream density as Intel's benchmark defines it (the fps of every stream against a target), with latency from capture, 0.99
 * of the target in place of 0.95, and a check of the load generator.
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
    generatorLagP99MaxMs: lagLimitMs(slo),
    loadCpuShareMax: checks['client-saturated'].limit,
    windowMinS: window.minS,
    windowMaxS: window.maxS,
  }
}
