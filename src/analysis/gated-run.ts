import type { MeasurementSummary } from './measurement-summary.js'
import type { PointSummary } from './point-summary.js'
import type { RunAnalysis } from './run-analysis.js'

/** What a gate reads of one measurement. */
export type GatedMeasurement = Pick<
  MeasurementSummary,
  | 'point'
  | 'complete'
  | 'counts'
  | 'durationS'
  | 'fps'
  | 'goodputFps'
  | 'requestLatency'
  | 'frameLatency'
  | 'sendLagP50Ms'
  | 'sendLagP99Ms'
  | 'findings'
>

/** What a gate reads of a point over its repetitions. */
export type GatedPoint = Pick<
  PointSummary,
  | 'point'
  | 'fps'
  | 'goodputFps'
  | 'requestLatency'
  | 'frameLatency'
  | 'batchFormedMean'
  | 'validity'
  | 'findings'
>

/** What a gate reads of a run. */
export type GatedRun = Pick<
  RunAnalysis,
  'run' | 'status' | 'startedAt' | 'scenario' | 'environment' | 'server' | 'model' | 'video' | 'plan'
> & {
  points: GatedPoint[]
  measurements: GatedMeasurement[]
}
