import type { MachineSample } from '../system/machine/sample-machine.js'
import type { Point } from '../scenario/plan/plan.js'
import type { MeasurementRecord } from './run-manifest.js'
import type { MeasurementSamples } from './record.js'
import type { BatchFormed } from './batches-formed.js'

/** What is known beside the samples, each where it is at hand. */
export interface Beside {
  /** Where the server told which batches it formed. */
  batches?: BatchFormed[]
  /** Answered requests that stand in no batch of the server's log. */
  answeredWithoutBatch?: number
  /** CPU and memory, second by second. */
  machine?: MachineSample[]
}

/** All that is known of one measurement: what was planned, what was recorded, what was sampled. */
export interface MeasurementInput extends Beside {
  point: Point
  record: MeasurementRecord
  samples: MeasurementSamples
  answerTolerance: number
}
