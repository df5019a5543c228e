import type { RunAnalysis } from '../run-analysis.js'
import { parseThresholds } from '../../scenario/grammar/parse-thresholds.js'
import type { Threshold } from '../../scenario/grammar/threshold.js'

/** The thresholds that were in force when a saved run was measured. */
export function thresholdsOfRun({ scenario }: Pick<RunAnalysis, 'scenario'>): Threshold[] {
  return parseThresholds(scenario.thresholds ?? [])
}
