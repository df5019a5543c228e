import type { EncodingCost } from '../frames/payload/measure-encoding-cost.js'
import type { Plan } from '../scenario/plan/plan.js'
import type { AnswerReference } from './answer-reference.js'
import type { MeasurementObservations } from './measurement-observations.js'
import type { ServerIdentity } from '../server/running-server.js'

export const schemaVersion = 1

export interface VideoIdentity {
  /** As written in the scenario. */
  source: string
  frames: number
  width: number
  height: number
  jpegBytesMean: number
  /** SHA-256 of all JPEGs. */
  hash: string
}

export interface ModelIdentity {
  name: string
  weights: string
  /** SHA-256 of the archive, where it is known. */
  archiveHash?: string
}

/** What is known of one finished measurement besides its samples. */
export interface MeasurementRecord {
  point: number
  repetition: number
  startedAt: string
  /** The start on the machine's monotonic clock, µs: joins our times to those that the server's log holds. */
  startedClockUs?: number
  /** Relative to the run folder. */
  sampleFile: string
  /** The batch lines of the server's log during this measurement, relative to the run folder. */
  batchLogFile?: string
  /** The measured window, µs since the measurement's start. */
  windowStartUs: number
  windowEndUs: number
  /** Interrupted measurements are kept but never summarised as complete. */
  complete: boolean
  /** CPU that the load threads (pacer included) used during the window, as a share of one core. */
  loadCpuShare?: number
  /** CPU and memory, second by second: a JSON list of MachineSample, relative to the run folder. */
  machineFile?: string
  observations?: MeasurementObservations
  notes: string[]
  /** What the second opinion, autocannon, found on the same settings. */
  crossCheckFps?: number
}

/** run.json: everything that analysis needs to know about a run besides the samples. */
export interface RunManifest {
  schemaVersion: typeof schemaVersion
  framestormVersion: string
  startedAt: string
  finishedAt?: string
  status: 'running' | 'complete' | 'interrupted' | 'failed'
  scenario: {
    name: string
    file?: string
    /** The file as it was; `overrides` are the flags that changed what was measured, as written. */
    text: string
    overrides?: string[]
    hash: string
    /** The conditions in force, with those that flags set. */
    thresholds?: string[]
  }
  plan: Plan
  seed: number
  /** Machine facts in words: OS, CPU, cores, memory, Node. */
  environment: Record<string, string>
  /** Undefined until the server answered. */
  server?: ServerIdentity
  model?: ModelIdentity
  video?: VideoIdentity
  encodingCosts: EncodingCost[]
  /** Undefined in runs that ended before the first answer. */
  answerReference?: AnswerReference
  measurements: MeasurementRecord[]
}
