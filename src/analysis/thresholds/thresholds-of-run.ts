import type { RunAnalysis } from '../run-analysis.js'
import { parseThresholds } from '../../scenario/grammar/parse-thresholds.js'
import type { Threshold } from '../../scenario/grammar/threshold.js'

/** The thresholds that were in force when a saved run was measured. */
export function thresholdsOfRun({ run, scenario }: Pick<RunAnalysis, 'run' | 'scenario'>): Threshold[] {
  const written = (scenario.thresholds ?? []).map((text) => ({ text, span: undefined }))
  return parseThresholds(written, scenario.file ?? run)
}
