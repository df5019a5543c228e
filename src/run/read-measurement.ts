import { readFile } from 'node:fs/promises'
import type { MachineSample } from '../system/machine/sample-machine.js'
import { readSamples } from './read-samples.js'
import { pathInRun } from './run-folder.js'
import type { MeasurementRecord, RunManifest } from './run-manifest.js'
import type { MeasurementSamples } from './record.js'
import { readServerBatches } from './read-server-batches.js'
import { measurementInput } from '../analysis/analyse-measurements.js'
import { joinBatches } from './join-batches.js'
import type { Beside, MeasurementInput } from './measurement-input.js'

/**
 * One measurement of a saved run with all that its folder holds of it. Throws UserError where its samples are
 * missing or damaged.
 */
export async function readMeasurement(
  folder: string,
  manifest: RunManifest,
  record: MeasurementRecord,
): Promise<MeasurementInput> {
  const samples = await readSamples(pathInRun(folder, record.sampleFile))
  return measurementInput(manifest, record, samples, {
    ...(await batchesOf(folder, manifest, record, samples)),
    machine: await machineOf(folder, record),
  })
}

/** Nothing where the server's log was not at hand, or tells of no batch. */
async function batchesOf(
  folder: string,
  { plan }: RunManifest,
  { point, batchLogFile, startedClockUs }: MeasurementRecord,
  { requests }: MeasurementSamples,
): Promise<Pick<Beside, 'batches' | 'answeredWithoutBatch'>> {
  const batching = plan.points.find(({ id }) => id === point)?.batching
  if (batchLogFile === undefined || batching === undefined) return {}
  const serverBatches = await readServerBatches(pathInRun(folder, batchLogFile))
  const { batches, withoutBatch } = joinBatches(serverBatches, requests, {
    ...batching,
    ...(startedClockUs !== undefined && { startedClockUs }),
  })
  return batches.length === 0 ? {} : { batches, answeredWithoutBatch: withoutBatch }
}

/** Watching the machine is an extra: a run without this file, or with one cut short, is analysed all the same. */
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
