import { metricNames, metrics, type Metric, type MetricName } from '../scenario/grammar/metric.js'
import type { ExplainedFailure } from './failures.js'
import { errorRate, type FrameCounts } from './frame-counts.js'
import { withoutLateness } from './lateness.js'
import type { MeasurementSummary } from './measurement-summary.js'
import type { PointSummary } from './point-summary.js'
import { spreadFigure, type Figure } from './spread.js'

/** A metric of one measurement; undefined if it does not exist or its samples are too few. */
export function readMetric(name: MetricName, measurement: MeasurementSummary): number | undefined {
  const { from }: Metric = metrics[name]
  if ('figure' in from) return measurement[from.figure]
  if ('latency' in from) return measurement[from.latency]?.[from.percentile]?.value
  return framesShare(from.framesShare, measurement.counts)
}

/**
 * A metric of a point over its repetitions: latencies from their pooled samples with the interval of the percentile, shares
 * of all their frames, other figures as the median of the repetitions with their range.
 */
export function readPointMetric(name: MetricName, point: PointSummary): Figure | undefined {
  const { from }: Metric = metrics[name]
  const repetitions = point.repetitionsUsed
  if ('figure' in from) return spreadFigure(point[from.figure])
  if ('latency' in from) {
    const percentile = point[from.latency]?.[from.percentile]
    return percentile && { ...percentile, repetitions }
  }
  const value = framesShare(from.framesShare, point.counts)
  return value === undefined ? undefined : { value, low: value, high: value, repetitions }
}

function framesShare(which: 'failed' | 'dropped', counts: FrameCounts): number | undefined {
  if (which === 'failed') return errorRate(counts)
  return counts.scheduled === 0 ? undefined : counts.byOutcome.dropped / counts.scheduled
}

type MetricValues = Partial<Record<MetricName, number | undefined>>

/** The figures of one repetition of one side. A gate compares repetitions. */
export interface RepetitionMetrics {
  /** Absent if the repetition has too few samples for it; errorRate is a share, 0.01 = 1 %. */
  values: MetricValues
  /** With each request's own lateness taken away; absent if no request was late. */
  withoutLateness?: { values: MetricValues } | undefined
  /** Requests of the measured window that were answered correctly: the samples of the percentiles. */
  requestsOk: number
  /** Length of the measured window. */
  durationS: number
  /** Symptoms that make the measurement INVALID; empty if it is VALID. */
  invalid: string[]
  /** What failed most frames; absent if nothing failed. */
  commonestFailure?: ExplainedFailure | undefined
}

/** Two repetitions, one per side, measured right after each other. */
export interface RepetitionPair {
  baseline: RepetitionMetrics
  candidate: RepetitionMetrics
}

/** One measurement as a gate compares it. An interrupted one counts as INVALID. */
export function toRepetition(measurement: MeasurementSummary): RepetitionMetrics {
  const { requestLatency, durationS, complete, findings, failures } = measurement
  const symptoms = findings.filter(({ severity }) => severity === 'invalid').map(({ symptom }) => symptom)
  const isLost = findings.some(({ name }) => name === 'agent-lost')
  const [punctual] = withoutLateness([measurement]) ?? []
  return {
    values: readMetrics(measurement),
    ...(punctual !== undefined && { withoutLateness: { values: readMetrics(punctual) } }),
    requestsOk: requestLatency.samples,
    durationS,
    // An agent that was lost says why it did not reach its end.
    invalid: complete || isLost ? symptoms : ['The measurement was interrupted.', ...symptoms],
    commonestFailure: failures[0],
  }
}

function readMetrics(measurement: MeasurementSummary): MetricValues {
  const values: MetricValues = {}
  for (const name of metricNames) {
    const value = readMetric(name, measurement)
    if (value !== undefined) values[name] = value
  }
  return values
}
