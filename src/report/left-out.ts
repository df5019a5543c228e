import type { RunAnalysis } from '../analysis/analyse-run.js'
import { otherDifferences } from '../analysis/point-identity.js'
import type { PointLeftOut } from '../run/manifest.js'
import { allPoints, type PlannedPoint } from '../scenario/plan/plan.js'
import { plural } from '../system/plural.js'
import { formatDistinctPoint } from './format/format.js'

/** The planned points that could not be measured, each with the settings that set it apart, in the order of points. */
export function describeLeftOut({
  plan,
  leftOut = [],
}: Pick<RunAnalysis, 'plan' | 'leftOut'>): { point: PlannedPoint; settings: string; reason: PointLeftOut }[] {
  const points = allPoints(plan)
  const settingsOf = otherDifferences(points)
  return points.flatMap((point) => {
    const reason = leftOut.find((one) => one.point === point.id)
    const settings = formatDistinctPoint({ point, settings: settingsOf(point) })
    return reason === undefined ? [] : [{ point, settings, reason }]
  })
}

/** `the server rejected the first request (status 413 too large)`. */
export function formatLeftOutReason({ message, received }: Omit<PointLeftOut, 'point'>): string {
  return received === undefined ? message : `${message} (${received})`
}

/** Rows of combination and reason: points that could not be measured, then combinations that were never planned. */
export function notMeasured(analysis: Pick<RunAnalysis, 'plan' | 'leftOut'>): string[][] {
  const { impossible, merged } = analysis.plan
  return [
    ...describeLeftOut(analysis).map(({ point, settings, reason }) => [
      `point ${point.id}: ${settings}`,
      formatLeftOutReason(reason),
    ]),
    ...[...impossible, ...merged].map(({ cell, reason }) => [cell, reason]),
  ]
}

/** `2 points left out`. */
export function formatStamp(leftOut: readonly PointLeftOut[]): string {
  return `${plural(leftOut.length, 'point')} left out`
}
