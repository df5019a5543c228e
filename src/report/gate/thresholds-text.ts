import type { ThresholdResult } from '../../analysis/thresholds/threshold-result.js'
import { plainTable } from './plain-table.js'
import { thresholdRow, thresholdRowColumns } from './threshold-row.js'

/** The thresholds of a run for the terminal. */
export function thresholdsText(results: readonly ThresholdResult[]): string {
  return plainTable(thresholdRowColumns, results.map(thresholdRow))
}
