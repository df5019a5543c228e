import type { Point } from '../../scenario/plan/plan.js'
import { tooFewRequests } from '../decision/too-few-requests.js'
import { figuresOfPoint } from '../../analysis/figures-of-run.js'
import type { GatedMetric } from '../../analysis/gated-metric.js'
import type { GatedRun } from '../../analysis/gated-run.js'
import { repetitionOfMeasurement } from '../../analysis/repetition-of-measurement.js'
import type { StoredFigure } from './decide-stored.js'

/** A metric of one run at one point; undefined where the run does not have it. */
export function storedFigure(metric: GatedMetric, point: Point, run: GatedRun): StoredFigure | undefined {
  const summary = run.points.find((each) => each.point.id === point.id)
  if (summary === undefined) return undefined
  const value = figuresOfPoint(summary, run.measurements).values[metric.name]
  if (value === undefined) return undefined
  const repetitions = run.measurements
    .filter((each) => each.point === point.id)
    .map((each) => repetitionOfMeasurement(each))
    .filter(({ invalid }) => invalid.length === 0)
    .map(({ values }) => values[metric.name])
    .filter((each) => each !== undefined)
  return { value, repetitions }
}

/** Why the run does not have it, where that is for want of requests. */
export function tooFewIn(metric: GatedMetric, point: Point, run: GatedRun): string | undefined {
  const own = run.measurements
    .filter((each) => each.point === point.id)
    .map((each) => repetitionOfMeasurement(each))
  const requests = own.reduce((sum, { requestsOk }) => sum + requestsOk, 0)
  // Stored percentiles are of the pooled repetitions, so each of them has to bring its part.
  const seconds = own.reduce((sum, { durationS }) => sum + durationS, 0)
  return tooFewRequests(metric, { requests, perSecond: (own.length * requests) / seconds })
}
