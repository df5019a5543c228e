import { median } from 'simple-statistics'
import { logOfWorsening, type GatedMetric } from '../gated-metric.js'
import type { RepetitionMetrics, RepetitionPair } from '../../analysis/metrics.js'
import { gateDesign, minimumDetectableEffect, shiftStandardError } from './gate-design.js'
import { hodgesLehmann, signedRankInterval } from './signed-rank-interval.js'
import { verdictOfInterval, type OneDecision } from './metric-decision.js'

/**
 * Decides a ratio metric at one look: compares the shift between the sides and its interval with the floor.
 *
 * One FAIL fails the gate, so its error is shared among the `gatedMetrics` (Bonferroni). The gate passes only if
 * each metric passes, and an intersection–union test needs no such correction (Berger, Technometrics 24, 1982):
 * the high end stays as it is, and a quiet machine needs fewer pairs to pass.
 */
export function decideRatio(
  metric: GatedMetric,
  pairs: readonly RepetitionPair[],
  gatedMetrics: number,
): OneDecision {
  const worse = pairs.map((pair) => worseBy(metric, pair))
  const usable = pairs.filter((_, i) => worse[i] !== undefined)
  const statedFloor = logOfWorsening(metric, metric.floor)
  if (usable.length < gateDesign.looks[0])
    return { metric, verdict: 'INCONCLUSIVE', pairs: usable.length, floor: statedFloor }
  const values = worse.filter((value) => value !== undefined)
  const baseline = usable.map((pair) => pair.baseline)
  const candidate = usable.map((pair) => pair.candidate)
  const candidateValues = candidate.map((each) => each.values[metric.name]!)
  const noise = repetitionNoise(metric, baseline, candidate) ?? 0
  const floor = Math.max(statedFloor, noise)
  const passBelow = passLimit(metric)
  const estimate = hodgesLehmann(values)
  const tail = gateDesign.failTail / gatedMetrics
  const { low, high } = signedRankInterval(values, { below: tail, above: gateDesign.passTail })
  return {
    metric,
    verdict: verdictOfInterval({ estimate, low, high, floor, passBelow }),
    pairs: usable.length,
    baseline: median(baseline.map((each) => each.values[metric.name]!)),
    candidate: median(candidateValues),
    candidateInterval: signedRankInterval(candidateValues, {
      below: gateDesign.failTail,
      above: gateDesign.failTail,
    }),
    estimate,
    // An end that so few pairs do not have.
    low: Number.isFinite(low) ? low : undefined,
    high: Number.isFinite(high) ? high : undefined,
    floor,
    noise,
    minimumDetectableEffect: minimumDetectableEffect({
      standardError: shiftStandardError(noise, usable.length),
      floor,
      tail,
    }),
  }
}

/** The largest change that a PASS may leave open, as a log ratio. */
export function passLimit(metric: GatedMetric): number {
  return logOfWorsening(metric, Math.min(gateDesign.floorsToPass * metric.floor, 0.99))
}

/** The median of |x − y| for two draws of a normal distribution is this many standard deviations. */
const medianDistance = 0.674_489_75 * Math.SQRT2

/**
 * How much the repetitions of one side vary on this machine: the standard deviation of ln(value), pooled over both sides.
 * It comes from the median of the *successive* differences (von Neumann, Ann. Math. Stat. 12, 1941), so that a slow drift,
 * which pairs cancel, does not count as noise, nor does a single outlier.
 *
 * @returns undefined with fewer than two repetitions per side
 */
function repetitionNoise(
  metric: GatedMetric,
  baseline: readonly RepetitionMetrics[],
  candidate: readonly RepetitionMetrics[],
): number | undefined {
  const steps = [baseline, candidate].flatMap((side) => successiveSteps(metric, side))
  return steps.length === 0 ? undefined : median(steps) / medianDistance
}

function successiveSteps(metric: GatedMetric, side: readonly RepetitionMetrics[]): number[] {
  const logs = side
    .map(({ values }) => values[metric.name])
    .filter((value) => value !== undefined && value > 0)
    .map((value) => Math.log(value!))
  return logs.slice(1).map((value, i) => Math.abs(value - logs[i]!))
}

/** A larger change makes no difference to a gate; the limit keeps a side with 0 FPS finite. */
const largestLogRatio = Math.log(1000)

/**
 * How much worse the candidate is in one pair; positive is always worse. A ratio is ln(candidate ÷ baseline), negated if
 * higher is better: a slowdown to half and a speedup to double are then equally far from 0. A difference is
 * candidate − baseline.
 *
 * @returns undefined if one side lacks the metric
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
