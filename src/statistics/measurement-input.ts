import type { Point } from '../plan/plan.js'
import type { MeasurementRecord } from '../samples/run-manifest.js'
import type { MeasurementSamples } from '../samples/sample-columns.js'
import type { BatchFormed } from './batches-formed.js'

/** All that is known of one measurement: what was planned, what was recorded, what was sampled. */
export interface MeasurementInput {
  point: Point
  record: MeasurementRecord
  samples: MeasurementSamples
  /** Where the server told which batches it formed. */
  batches?: BatchFormed[]
  answerTolerance: number
}
