import type { GatedMetricName } from './gated-metric.js'

/** What one repetition of one side yields: the unit that a gate compares. */
export interface RepetitionMetrics {
  /** Absent where the repetition has too few samples for it; errorRate is a share, 0.01 = 1 %. */
  values: Partial<Record<GatedMetricName, number>>
  /** Requests of the measured window that were answered well: what the percentiles rest on. */
  requestsOk: number
  /** Length of the measured window. */
  durationS: number
  /** Why the measurement may not be believed; empty where it is VALID. */
  invalid: string[]
}

/** Two repetitions, one a side, measured right after each other. */
export interface RepetitionPair {
  baseline: RepetitionMetrics
  candidate: RepetitionMetrics
}
