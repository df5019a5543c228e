import { failureNotes } from '../failure-notes.js'
import { plural } from '../../system/plural.js'
import { ExitCode, UserError } from '../../system/user-error.js'
import type { Point } from '../../scenario/plan/plan.js'
import { readPointMetric, toRepetition } from '../../analysis/metrics.js'
import { serverLabel, type RunAnalysis } from '../../analysis/analyse-run.js'
import { withoutLateness } from '../../analysis/lateness.js'
import { decideMetricTwice, type OneDecision } from '../decision/metric-decision.js'
import { defaultMetrics } from '../choose-metrics.js'
import { logOfWorsening, type GatedMetric } from '../gated-metric.js'
import { gateExitCode, gateVerdict, type GateResult, type InconclusivePolicy } from '../gate-result.js'
import { decideStored, runsForOwnNoise, type StoredFigure } from './decide-stored.js'
import { machineDifferences, runDifferences } from './run-differences.js'
import { tooFewRequests } from '../decision/too-few-requests.js'

export interface StoredGate {
  candidate: RunAnalysis
  /** At least one. */
  baselines: readonly RunAnalysis[]
  /** Undefined: the defaults of each point's load. */
  metrics?: readonly GatedMetric[] | undefined
  inconclusive: InconclusivePolicy
}

/**
 * Compares a saved run with stored ones, point by point. The thresholds of its own scenario count too.
 *
 * @throws UserError (exit 2) with every difference, if the runs are not comparable
 */
export function gateStoredRuns({ candidate, baselines, metrics, inconclusive }: StoredGate): GateResult {
  refuseIncomparable(baselines, candidate)
  const otherMachine = baselines.flatMap((baseline) => machineDifferences(baseline, candidate))
  const invalid = [...baselines, candidate].flatMap(invalidReasons)
  const gated = candidate.plan.points.flatMap((point) =>
    (metrics ?? defaultMetrics(point.load, point.slo)).map((metric) => ({ point, metric })),
  )
  const comparisons = gated.filter(({ metric }) => metric.compare === 'ratio').length
  const runs = { baselines, candidate }
  const evidence = { measured: runs, without: runsWithoutLateness(runs) }
  const how = { comparisons, otherMachine: otherMachine.length > 0 }
  const decisions = gated.map(({ point, metric }) => ({
    ...decideMetricTwice(evidence, (some) => decidePoint(metric, point, some, how)),
    point,
  }))
  const { thresholds } = candidate
  const verdict = gateVerdict({ metrics: decisions, thresholds, invalid: invalid.length > 0 })
  return {
    verdict,
    exitCode: gateExitCode(verdict, inconclusive),
    kind: 'stored',
    scenario: candidate.scenario.name,
    baseline: baselines.map(sideLabel).join(', '),
    candidate: sideLabel(candidate),
    metrics: decisions,
    thresholds,
    notes: [
      ...invalid,
      ...comparisonNotes(baselines.length, otherMachine),
      ...baselines.flatMap((run) => failureNotes(`baseline ${run.run}`, run)),
      ...failureNotes('candidate', candidate),
    ],
    startedAt: candidate.startedAt,
  }
}

function sideLabel(run: RunAnalysis): string {
  return `${run.run} (${serverLabel(run.subjects)})`
}

function refuseIncomparable(baselines: readonly RunAnalysis[], candidate: RunAnalysis): void {
  const different = baselines
    .map((baseline) => ({ baseline, differences: runDifferences(baseline, candidate) }))
    .find(({ differences }) => differences.length > 0)
  if (different === undefined) return
  // Another ceiling gives other numbers of cameras, and points with equal numbers are merged.
  const areCameras =
    candidate.plan.ofCeiling !== undefined &&
    different.differences.every((text) => /^(point|number of points)\b/.test(text))
  throw new UserError(`run ${candidate.run} cannot be compared with ${different.baseline.run}`, {
    expected: 'the same scenario, server kind, model, weights and clip in both',
    received: different.differences.join('\n'),
    remedy: !areCameras
      ? 'Compare runs of one scenario, and keep the baselines of each scenario in a separate folder.'
      : `Measure the candidate with the numbers of cameras of the baseline: add \`--cameras-of\` with the folder of ${different.baseline.run} to bench.`,
    exitCode: ExitCode.usage,
  })
}

/** Why a run is invalid: it is not complete, or a point is INVALID. */
function invalidReasons({ run, status, points }: RunAnalysis): string[] {
  const invalid = points.filter(({ validity }) => validity === 'INVALID')
  return [
    ...(status === 'complete' ? [] : [`run ${run} is not complete (${status})`]),
    ...invalid.map(({ point, findings }) => {
      const reasons = findings.filter(({ severity }) => severity === 'invalid')
      return `run ${run}, point ${point.id} is INVALID: ${reasons.map(({ symptom }) => symptom).join('; ')}`
    }),
  ]
}

type ComparedRuns = Pick<StoredGate, 'baselines' | 'candidate'>

/** Undefined if no request was late in any of them. */
function runsWithoutLateness({ baselines, candidate }: ComparedRuns): ComparedRuns | undefined {
  const runs = [...baselines, candidate]
  if (withoutLateness(runs.flatMap(({ points }) => points)) === undefined) return undefined
  const punctual = (run: RunAnalysis) => ({
    ...run,
    points: withoutLateness(run.points) ?? run.points,
    measurements: withoutLateness(run.measurements) ?? run.measurements,
  })
  return { baselines: baselines.map(punctual), candidate: punctual(candidate) }
}

function decidePoint(
  metric: GatedMetric,
  point: Point,
  { baselines, candidate }: ComparedRuns,
  { comparisons, otherMachine }: { comparisons: number; otherMachine: boolean },
): OneDecision {
  const measured = storedFigure(metric, point, candidate)
  const stored = baselines
    .map((run) => storedFigure(metric, point, run))
    .filter((figure) => figure !== undefined)
  if (measured !== undefined && stored.length > 0)
    return decideStored(metric, stored, measured, { comparisons, otherMachine })
  const side = measured === undefined ? 'candidate' : 'baseline'
  const undecided = { metric, pairs: stored.length, floor: logOfWorsening(metric, metric.floor) }
  const refused = candidate.leftOut?.find((one) => one.point === point.id)
  // The server of the baseline took these requests.
  if (side === 'candidate' && refused !== undefined && stored.length > 0) {
    const reason = `the candidate left out point ${point.id}: ${refused.message}`
    return { ...undecided, verdict: 'FAIL', reason }
  }
  return {
    ...undecided,
    verdict: 'INCONCLUSIVE',
    reason: tooFewIn(metric, point, candidate) ?? `the ${side} has no ${metric.name} at this point`,
  }
}

function comparisonNotes(runs: number, otherMachine: readonly string[]): string[] {
  const notes = [
    runs < runsForOwnNoise
      ? `compared with ${plural(runs, 'stored run')}. Fewer than ${runsForOwnNoise} are not enough to estimate how much runs vary, so a variation of 5 % ` +
        'is assumed. A live gate (--baseline SERVER --candidate SERVER) detects smaller changes.'
      : `the interval includes the variation between the ${runs} stored runs.`,
  ]
  if (otherMachine.length > 0) {
    notes.push(
      `the runs are from different machines (${[...new Set(otherMachine)].join('; ')}), so only a change of 25 % or more ` +
        'counts. Measure both sides in one job instead.',
    )
  }
  return notes
}

/** One metric of one run at one point; undefined if the run does not have it. */
function storedFigure(metric: GatedMetric, point: Point, run: RunAnalysis): StoredFigure | undefined {
  const summary = run.points.find((each) => each.point.id === point.id)
  if (summary === undefined) return undefined
  const value = readPointMetric(metric.name, summary)?.value
  if (value === undefined) return undefined
  const repetitions = run.measurements
    .filter((each) => each.point === point.id)
    .map((each) => toRepetition(each))
    .filter(({ invalid }) => invalid.length === 0)
    .map(({ values }) => values[metric.name])
    .filter((each) => each !== undefined)
  return { value, repetitions }
}

/** Says how many requests are missing, if that is why the run does not have the metric. */
function tooFewIn(metric: GatedMetric, point: Point, run: RunAnalysis): string | undefined {
  const own = run.measurements.filter((each) => each.point === point.id).map((each) => toRepetition(each))
  const requests = own.reduce((sum, { requestsOk }) => sum + requestsOk, 0)
  // Stored percentiles are over the pooled repetitions, so the requests of all of them count.
  const seconds = own.reduce((sum, { durationS }) => sum + durationS, 0)
  return tooFewRequests(metric, { requests, perSecond: (own.length * requests) / seconds })
}
