import type { RunAnalysis } from '../../analysis/run-analysis.js'
import { serverLabel } from '../../analysis/run-analysis.js'
import { type PointRow, pointsColumns } from './points-columns.js'
import { createCsv } from './csv-file.js'

/** points.csv: one row per point and repetition. */
export async function writePointsCsv(file: string, analysis: RunAnalysis): Promise<void> {
  const csv = createCsv(file, pointsColumns)
  for (const row of pointRows(analysis)) await csv.write(row)
  await csv.end()
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
