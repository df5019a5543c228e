import type { RunAnalysis } from '../analysis/analyse-run.js'
import { failuresOfPoints, type PointsFailure } from '../analysis/failures.js'
import { nameFailure } from '../run/failures.js'
import { gatedMetric } from './gated-metric.js'

const mostNamed = 3

/** What failed on one side, if that is as much as counts in errorRate: share, cause and meaning of the commonest ones. */
export function failureNotes(side: string, { points }: Pick<RunAnalysis, 'points'>): string[] {
  // A live gate measures one point.
  const at = (failure: PointsFailure) =>
    points.length === 1
      ? ''
      : ` of ${failure.points.length === 1 ? 'point' : 'points'} ${failure.points.join(', ')}`
  return failuresOfPoints(points)
    .filter(({ share }) => share >= gatedMetric('errorRate').floor)
    .slice(0, mostNamed)
    .map(
      (failure) =>
        `${side}: ${(100 * failure.share).toFixed(1)} % of the frames${at(failure)} failed: ${nameFailure(failure)}. ${failure.meaning} ${failure.remedy}`,
    )
}
