import { spanOfValue } from '../../scenario/located-data.js'
import { parseYaml } from '../../scenario/parse-yaml.js'
import type { RunAnalysis } from '../../statistics/run-analysis.js'
import { parseThresholds } from './parse-thresholds.js'
import type { Threshold } from './threshold.js'

/** The thresholds that a saved run's scenario states. */
export function thresholdsOfRun({ run, scenario }: Pick<RunAnalysis, 'run' | 'scenario'>): Threshold[] {
  const label = scenario.file ?? run
  const { data } = parseYaml({ kind: 'file', label, text: scenario.text, folder: '' })
  const texts: unknown = Object(data.value).thresholds
  if (!Array.isArray(texts)) return []
  const written = texts.map((text, index) => ({
    text: String(text),
    span: spanOfValue(data, ['thresholds', index]),
  }))
  return parseThresholds(written, label)
}
