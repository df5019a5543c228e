import { metricNames, type MetricName } from '../scenario/grammar/metric.js'
import type { MeasurementSummary } from './measurement-summary.js'
import { readMetric } from './metrics.js'

/** What one repetition of one side yields: the unit that a gate compares. */
export interface RepetitionMetrics {
  /** Absent where the repetition has too few samples for it; errorRate is a share, 0.01 = 1 %. */
  values: Partial<Record<MetricName, number | undefined>>
  /** Requests of the measured window that were answered well: what the percentiles rest on. */
  requestsOk: number
  /** Length of the measured window. */
  durationS: number
  /** Symptoms that make the measurement INVALID; empty where it is VALID. */
  invalid: string[]
}

/** Two repetitions, one per side, measured right after each other. */
export interface RepetitionPair {
  baseline: RepetitionMetrics
  candidate: RepetitionMetrics
}

/** One measurement as a gate compares it. An interrupted one counts as INVALID. */
export function toRepetition(measurement: MeasurementSummary): RepetitionMetrics {
  const { requestLatency, durationS, complete, findings } = measurement
  const symptoms = findings.filter(({ severity }) => severity === 'invalid').map(({ symptom }) => symptom)
  const values: RepetitionMetrics['values'] = {}
  for (const name of metricNames) {
    const value = readMetric(name, measurement)
    if (value !== undefined) values[name] = value
  }
  return {
    values,
    requestsOk: requestLatency.samples,
    durationS,
    invalid: complete ? symptoms : ['The measurement was interrupted.', ...symptoms],
  }
}
