import { median } from 'simple-statistics'
import type { GatedMetric } from '../../analysis/gated-metric.js'
import type { RepetitionMetrics } from '../../analysis/repetition-metrics.js'

/** The median of |x − y| for two draws of a normal distribution is this many standard deviations. */
const medianDistance = 0.674_489_75 * Math.SQRT2

/**
 * How much this machine scatters between repetitions of one side: the standard deviation of ln(value), pooled over
 * both sides. From the median of the *successive* differences (von Neumann, Ann. Math. Stat. 12, 1941), so that a
 * slow drift, which pairs cancel, does not count as noise and neither does a single odd repetition. Undefined with
 * fewer than two repetitions a side.
 */
export function repetitionNoise(
  metric: GatedMetric,
  baseline: readonly RepetitionMetrics[],
  candidate: readonly RepetitionMetrics[],
): number | undefined {
  const steps = [baseline, candidate].flatMap((side) => stepsOf(metric, side))
  return steps.length === 0 ? undefined : median(steps) / medianDistance
}

function stepsOf(metric: GatedMetric, side: readonly RepetitionMetrics[]): number[] {
  const logs = side
    .map(({ values }) => values[metric.name])
    .filter((value) => value !== undefined && value > 0)
    .map((value) => Math.log(value!))
  return logs.slice(1).map((value, i) => Math.abs(value - logs[i]!))
}
