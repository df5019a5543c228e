import type { RunAnalysis } from '../../analysis/run-analysis.js'
import { pointRows } from './point-row.js'
import { pointsColumns } from './points-columns.js'
import { createCsv } from './write-csv.js'

/** points.csv: one row a point and repetition. */
export async function writePointsCsv(file: string, analysis: RunAnalysis): Promise<void> {
  const csv = createCsv(file, pointsColumns)
  for (const row of pointRows(analysis)) await csv.write(row)
  await csv.end()
}
