import type { RunAnalysis } from '../../analysis/run-analysis.js'
import { serverLabel } from '../../analysis/run-analysis.js'
import { pointsColumns } from './points-columns.js'
import { createCsv } from './csv-file.js'
import type { Point } from '../../scenario/plan/plan.js'
import type { MeasurementSummary } from '../../analysis/measurement-summary.js'

/** points.csv: one row per point and repetition. */
export async function writePointsCsv(file: string, analysis: RunAnalysis): Promise<void> {
  const csv = createCsv(file, pointsColumns)
  for (const row of pointRows(analysis)) await csv.write(row)
  await csv.end()
}

/** One row of points.csv: one measurement and the settings that it had. */
export interface PointRow {
  point: Point
  measurement: MeasurementSummary
  server: string
  /** Median µs of client CPU for one frame in this encoding, and its bytes on the wire. */
  encodeUs?: number | undefined
  frameBytesMean?: number | undefined
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
