import { ExitCode } from '../system/user-error.js'
import type { PointLeftOut } from '../run/manifest.js'
import { isComparable } from './outcome.js'
import { hasWrongAnswers, type PointSummary } from './point-summary.js'
import type { ThresholdResult } from './thresholds.js'
import type { Verdict } from './verdict.js'

/**
 * The exit code of a run. `invalid` if the verdict or a threshold is INVALID or the server gave wrong answers. Else
 * `regression` if a threshold fails, if frames of a point failed so that it cannot be compared and no threshold judges its
 * error rate, if every point failed, or if a planned point was left out. Else `pass`. An `errorRate` threshold says how many
 * errors are accepted at the points that it selects.
 */
export function decideExitCode({
  verdict,
  thresholds,
  points,
  confirming,
  leftOut = [],
}: {
  verdict: Pick<Verdict, 'validity' | 'wrongAnswers' | 'allFailing'>
  thresholds: readonly ThresholdResult[]
  points: readonly PointSummary[]
  confirming: readonly { summary: PointSummary }[]
  leftOut?: readonly PointLeftOut[] | undefined
}): ExitCode {
  const has = (verdict: ThresholdResult['verdict']) => thresholds.some((result) => result.verdict === verdict)
  // A server that mixes up answers is never a pass, even if another point has the headline.
  const isMixedUp =
    verdict.wrongAnswers.length > 0 || confirming.some(({ summary }) => hasWrongAnswers(summary))
  if (verdict.validity === 'INVALID' || has('INVALID') || isMixedUp) return ExitCode.invalid
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
