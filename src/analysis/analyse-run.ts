import { basename, resolve } from 'node:path'
import { readMeasurement, type MeasurementInput } from '../run/read-measurement.js'
import { readManifest } from '../run/run-folder.js'
import type { MeasurementRecord } from '../run/manifest.js'
import { collectMeasurements } from './analyse-measurements.js'
import type { MeasurementSummary } from './measurement-summary.js'
import type { RunAnalysis } from './run-analysis.js'

/** Takes in the measurements of a run as they are made, so that the samples of each are decoded once. */
export interface RunCollector {
  /** The figures of one measurement; its samples are not kept. */
  add: (input: MeasurementInput) => Promise<MeasurementSummary>
  /** Analyses the whole run. Measurements of its folder that were not added are read now, one at a time. */
  end: () => Promise<RunAnalysis>
}

/**
 * @param onMeasurement sees each measurement before its samples are let go
 * @throws UserError (in `end`) if the folder is not a run, or if samples are missing or damaged
 */
export function collectRun(
  folder: string,
  onMeasurement?: (input: MeasurementInput) => Promise<void>,
): RunCollector {
  const collection = collectMeasurements()
  const added = new Set<string>()
  async function add(input: MeasurementInput): Promise<MeasurementSummary> {
    added.add(nameOf(input.record))
    await onMeasurement?.(input)
    return collection.add(input)
  }
  return {
    add,
    async end() {
      const manifest = await readManifest(folder)
      for (const record of manifest.measurements)
        if (!added.has(nameOf(record))) await add(await readMeasurement(folder, manifest, record))
      return collection.analyse(basename(resolve(folder)), manifest)
    },
  }
}

function nameOf({ point, repetition }: MeasurementRecord): string {
  return `${point}/${repetition}`
}

/**
 * Analyses a saved run, one measurement in memory at a time, without writing anything.
 *
 * @throws UserError if the folder is not a run, or if samples are missing or damaged
 */
export async function analyseRun(folder: string): Promise<RunAnalysis> {
  return collectRun(folder).end()
}
