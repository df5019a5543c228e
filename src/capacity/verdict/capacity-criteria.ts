import type { SloSettings } from '../../scenario/schema/settings.js'
import { lagLimitMs, loadThreadCpuLimit } from '../../analysis/validity-checks.js'
import type { EarlyStoppingRule } from './early-stopping.js'

/** What N cameras have to show for N to pass. Shares are of 1, 0.01 = 1 %. */
export interface CapacityCriteria {
  /** Frame latency, from the scheduled capture. */
  sloMs: number
  earlyStopping: EarlyStoppingRule
  /** Fresh runs with phases of their own; all of them have to pass. */
  repetitions: number
  /** Of the frames that each camera scheduled in the window, answered well. */
  deliveredShareMin: number
  /** Of all frames, dropped at the client or answered with an error or too late for their deadline. */
  lostShareMax: number
  /** Generator: p99 of its own lateness, sent − the moment when it could be sent. */
  generatorLagP99MaxMs: number
  /** Generator: CPU of one load thread, as a share of one core. */
  loadCpuShareMax: number
  /** Window of a run, at least; longer where its requests decide nothing yet … */
  windowMinS: number
  /** … up to this, all windows of a repetition together. */
  windowMaxS: number
}

/**
 * Stream density as Intel's benchmark defines it (every stream's fps against a target), with latency from capture,
 * 0.99 in place of its 0.95 of the target, and a check of the generator.
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
    loadCpuShareMax: loadThreadCpuLimit,
    windowMinS: window.minS,
    windowMaxS: window.maxS,
  }
}
