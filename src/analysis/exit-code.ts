import { ExitCode } from '../system/user-error.js'
import type { PointLeftOut } from '../run/manifest.js'
import { isComparable } from './outcome.js'
import type { MeasurementSummary } from './measurement-summary.js'
import { hasWrongAnswers } from './point-findings.js'
import type { PointSummary } from './point-summary.js'
import type { ThresholdResult } from './thresholds.js'
import type { Verdict } from './verdict.js'

/**
 * The exit code of a run. `invalid` if the verdict or a threshold is INVALID, the server gave wrong answers, or an agent or
 * samples of one are missing. Else
 * `regression` if a threshold fails, if frames of a point failed so that it cannot be compared and no threshold judges its
 * error rate, if every point failed, or if a planned point was left out. Else `pass`. An `errorRate` threshold says how many
 * errors are accepted at the points that it selects.
 */
export function decideExitCode({
  verdict,
  thresholds,
  points,
  confirming,
  measurements = [],
  leftOut = [],
}: {
  verdict: Pick<Verdict, 'validity' | 'wrongAnswers' | 'allFailing'>
  thresholds: readonly ThresholdResult[]
  points: readonly PointSummary[]
  confirming: readonly { summary: PointSummary }[]
  measurements?: readonly Pick<MeasurementSummary, 'findings'>[] | undefined
  leftOut?: readonly PointLeftOut[] | undefined
}): ExitCode {
  const has = (verdict: ThresholdResult['verdict']) => thresholds.some((result) => result.verdict === verdict)
  // A server that mixes up answers is never a pass, even if another point has the headline.
  const isMixedUp =
    verdict.wrongAnswers.length > 0 || confirming.some(({ summary }) => hasWrongAnswers(summary))
  const isPartMissing = measurements.some(({ findings }) =>
    findings.some(({ name }) => name === 'agent-lost' || name === 'samples-missing'),
  )
  if (verdict.validity === 'INVALID' || has('INVALID') || isMixedUp || isPartMissing) return ExitCode.invalid
  const accepted = new Set(
    thresholds.flatMap(({ threshold, point }) =>
      threshold.metric === 'errorRate' && point !== undefined ? [point.id] : [],
    ),
  )
  const isFailing = points.some(
    (one) => !accepted.has(one.point.id) && (verdict.allFailing !== undefined || !isComparable(one)),
  )
  return isFailing || leftOut.length > 0 || has('FAIL') ? ExitCode.regression : ExitCode.pass
}
