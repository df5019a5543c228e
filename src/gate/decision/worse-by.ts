import type { GatedMetric } from '../../analysis/gated-metric.js'
import type { RepetitionPair } from '../../analysis/repetition-metrics.js'

/** To a gate a thousandfold change and anything beyond are the same; keeps a dead side (0 FPS) finite. */
const largestLogRatio = Math.log(1000)

/**
 * How much worse the candidate is in one pair; positive is always worse. For a ratio ln(candidate ÷ baseline),
 * turned around where higher is better: a slowdown to half and a speedup to double are then equally far from 0.
 * For a difference candidate − baseline. Undefined where a side lacks the figure.
 */
export function worseBy(metric: GatedMetric, pair: RepetitionPair): number | undefined {
  const baseline = pair.baseline.values[metric.name]
  const candidate = pair.candidate.values[metric.name]
  if (baseline === undefined || candidate === undefined) return undefined
  const sign = metric.better === 'higher' ? -1 : 1
  if (metric.compare === 'difference') return sign * (candidate - baseline)
  if (baseline === 0 && candidate === 0) return undefined
  const logRatio = sign * Math.log(candidate / baseline)
  return Math.min(largestLogRatio, Math.max(-largestLogRatio, logRatio))
}
