import type { Point } from '../../scenario/plan/plan.js'
import type { MeasurementSummary } from '../../analysis/measurement-summary.js'
import type { RunAnalysis } from '../../analysis/run-analysis.js'
import { serverLabel } from '../../analysis/run-analysis.js'

/** One row of points.csv: one measurement and the settings that it had. */
export interface PointRow {
  point: Point
  measurement: MeasurementSummary
  server: string
  /** Median µs of client CPU for one frame in this encoding, and its bytes on the wire. */
  encodeUs?: number
  frameBytesMean?: number
}

export function pointRows(analysis: RunAnalysis): PointRow[] {
  const points = new Map(analysis.plan.points.map((point) => [point.id, point]))
  return analysis.measurements.map((measurement) => {
    const point = points.get(measurement.point)!
    const cost = analysis.encodingCosts.find(({ encoding }) => encoding === point.batching.encoding)
    return {
      point,
      measurement,
      server: serverLabel(analysis),
      encodeUs: cost?.encodeUs,
      frameBytesMean: cost?.bytesMean,
    }
  })
}
