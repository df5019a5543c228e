import jStat from 'jstat'
import { mean, probit, sampleStandardDeviation } from 'simple-statistics'
import { gateDesign, minimumDetectableEffect } from '../decision/gate-design.js'
import type { OneDecision, MetricVerdict } from '../decision/metric-decision.js'
import { logOfWorsening, type GatedMetric } from '../gated-metric.js'

/** One run's figure for one metric at one point. */
export interface StoredFigure {
  /** Over all repetitions. */
  value: number
  /** Of each repetition that has enough samples. */
  repetitions: readonly number[]
}

/** Fewer stored runs are not enough to estimate how much runs vary. */
export const runsForOwnNoise = 8
/** Used with fewer runs: the drift between runs that was observed on one machine (ARCHITECTURE.md). */
const assumedRunNoise = Math.log1p(0.05)
/** Smaller changes are no regression across machines: two hosted runners differ by as much. */
const otherMachineFloor = 0.25

/**
 * Compares a run with stored ones. The unit is the run, because the repetitions of one run share its drift: the candidate
 * is compared with the interval in which the next run is expected (prediction interval, Hahn & Meeker, Statistical
 * Intervals, §4.7), which the noise of the stored runs widens, and with the floor.
 *
 * FAIL if the worsening reaches the floor and the interval excludes 0; INCONCLUSIVE if it only reaches the floor; else
 * PASS. Unlike a live gate, it does not prove the absence of a change: `minimumDetectableEffect` is the smallest change
 * that it would have detected.
 */
export function decideStored(
  metric: GatedMetric,
  baseline: readonly StoredFigure[],
  candidate: StoredFigure,
  { comparisons, otherMachine }: { comparisons: number; otherMachine: boolean },
): OneDecision {
  if (metric.compare === 'difference') return decideStoredErrors(metric, baseline, candidate)
  const logs = baseline.map(({ value }) => finiteLog(value))
  const sign = metric.better === 'higher' ? -1 : 1
  const estimate = sign * (finiteLog(candidate.value) - mean(logs))
  const noise = runNoise(baseline, candidate)
  const smallest = Math.max(metric.floor, otherMachine ? otherMachineFloor : 0)
  const floor = Math.max(logOfWorsening(metric, smallest), noise)
  const standardError = noise * Math.sqrt(1 + 1 / baseline.length)
  const tail = gateDesign.failTail / comparisons
  const low = estimate - quantile(1 - tail, baseline.length) * standardError
  const high = estimate + quantile(1 - gateDesign.failTail, baseline.length) * standardError
  return {
    metric,
    verdict: judgeWorsening(estimate, low, floor),
    pairs: baseline.length,
    baseline: Math.exp(mean(logs)),
    candidate: candidate.value,
    estimate,
    low,
    high,
    floor,
    noise,
    minimumDetectableEffect: minimumDetectableEffect({ standardError, floor, tail }),
  }
}

function judgeWorsening(estimate: number, low: number, floor: number): MetricVerdict {
  if (estimate < floor) return 'PASS'
  return low > 0 ? 'FAIL' : 'INCONCLUSIVE'
}

/** Compares with the worst of the stored runs: an error rate that has happened before is no regression. */
function decideStoredErrors(
  metric: GatedMetric,
  baseline: readonly StoredFigure[],
  candidate: StoredFigure,
): OneDecision {
  const worst = Math.max(...baseline.map(({ value }) => value))
  const estimate = candidate.value - worst
  return {
    metric,
    verdict: estimate >= metric.floor ? 'FAIL' : 'PASS',
    pairs: baseline.length,
    baseline: worst,
    candidate: candidate.value,
    estimate,
    floor: metric.floor,
  }
}

/** Standard deviation of ln(value) from run to run; at least that of the repetitions within a run. */
function runNoise(baseline: readonly StoredFigure[], candidate: StoredFigure): number {
  const between = deviation(baseline.map(({ value }) => value))
  const within = [...baseline, candidate].map(({ repetitions }) => deviation(repetitions))
  const known = baseline.length >= runsForOwnNoise
  return Math.max(between, mean(within), known ? 0 : assumedRunNoise)
}

function deviation(values: readonly number[]): number {
  return values.length < 2 ? 0 : sampleStandardDeviation(values.map(finiteLog))
}

/** With few stored runs the noise is assumed and not estimated, so the quantile is that of the normal distribution. */
function quantile(p: number, runs: number): number {
  return runs >= runsForOwnNoise ? jStat.studentt.inv(p, runs - 1) : probit(p)
}

/** Finite also for a side that answered nothing (0 FPS). */
function finiteLog(value: number): number {
  return Math.log(Math.max(value, 1e-6))
}
