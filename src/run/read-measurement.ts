import { readFile } from 'node:fs/promises'
import type { MachineSample } from '../system/machine/sample-machine.js'
import { openSamples } from './read-samples.js'
import type { Samples } from './sample-parts.js'
import { pathInRun } from './run-folder.js'
import type { MeasurementRecord, RunManifest } from './manifest.js'
import { readServerBatches } from './read-server-batches.js'
import { joinBatches } from './join-batches.js'
import type { Batches } from './batches-formed.js'
import type { Point } from '../scenario/plan/plan.js'

/** What is known besides the samples. Each part is absent if it is not available. */
export interface MeasurementExtras {
  /** Present if the server's log shows which batches it formed. */
  batches?: Batches | undefined
  /** Answered requests that are in no batch of the server's log. */
  answeredWithoutBatch?: number | undefined
  /** Present if there is a log of the server and none of its batches can be joined to the requests. */
  batchesNotJoined?: BatchesNotJoined | undefined
  /** CPU and memory per second. */
  machine?: MachineSample[] | undefined
}

/** The batches of a log over the whole load, with those of other clients: they are counted without their requests. */
export interface BatchesNotJoined {
  batches: number
  requests: number
}

/** Everything known about one measurement: its plan, its record and its samples. */
export interface MeasurementInput extends MeasurementExtras {
  point: Point
  record: MeasurementRecord
  samples: Samples
  /** Largest distance between two answers to the same frame that still counts as the same answer. */
  answerTolerance: number
}

/**
 * Reads one measurement of a saved run with all of its files.
 * @throws UserError if its samples are missing or damaged
 */
export async function readMeasurement(
  folder: string,
  manifest: RunManifest,
  record: MeasurementRecord,
): Promise<MeasurementInput> {
  const samples = openSamples(pathInRun(folder, record.sampleFile))
  return measurementInput(manifest, record, samples, {
    ...batchesOf(folder, manifest, record, samples),
    machine: await machineOf(folder, record),
  })
}

/** What analysis needs to know of a measurement besides its samples: its point and its answer tolerance. */
export function measurementInput(
  manifest: Pick<RunManifest, 'plan'>,
  record: MeasurementRecord,
  samples: Samples,
  extras: MeasurementExtras = {},
): MeasurementInput {
  const point = manifest.plan.points.find(({ id }) => id === record.point)
  if (point === undefined)
    throw new Error(`run.json has a measurement of point ${record.point}, which is not planned`)
  return { point, record, samples, ...extras, answerTolerance: toleranceOf(record) }
}

/**
 * Largest distance between two answers to the same frame that still counts as the same answer, if the measurement has
 * no reference of its own: between the noise of different batch sizes (6e-7, measured with calibrated ResNet-18
 * weights) and the distance of two different frames (1.5e-2), their geometric mean.
 */
export const defaultAnswerTolerance = 1e-4

function toleranceOf({ answerReference }: MeasurementRecord): number {
  if (answerReference === undefined) return defaultAnswerTolerance
  // The check was switched off after some answers had been compared. Those are then not checked either.
  return answerReference.state === 'on' ? answerReference.tolerance : Number.POSITIVE_INFINITY
}

/** Empty if the server's log was not available. */
function batchesOf(
  folder: string,
  { plan }: RunManifest,
  { point, batchLogFile, startedClockUs }: MeasurementRecord,
  samples: Samples,
): Pick<MeasurementExtras, 'batches' | 'answeredWithoutBatch' | 'batchesNotJoined'> {
  const batching = plan.points.find(({ id }) => id === point)?.batching
  if (batchLogFile === undefined || batching === undefined) return {}
  const logPath = pathInRun(folder, batchLogFile)
  const log = readServerBatches(logPath)
  const { batches, withoutBatch } = joinBatches(log, samples, {
    ...batching,
    ...(startedClockUs !== undefined && { startedClockUs }),
    storePath: `${logPath}.joined`,
  })
  if (batches.length > 0) return { batches, answeredWithoutBatch: withoutBatch }
  const batchesNotJoined = { batches: 0, requests: 0 }
  for (const { requestIds } of log) {
    batchesNotJoined.batches++
    batchesNotJoined.requests += requestIds.length
  }
  return { batchesNotJoined }
}

/** Machine samples are optional: a run without this file, or with a truncated one, is still analysed. */
async function machineOf(
  folder: string,
  { machineFile }: MeasurementRecord,
): Promise<MachineSample[] | undefined> {
  if (machineFile === undefined) return undefined
  const file = pathInRun(folder, machineFile)
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch {
    return undefined
  }
}
