import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { MeasurementInput } from '../../run/read-measurement.js'
import { partsOf } from '../../run/sample-parts.js'
import type { SampleFormat } from '../../scenario/schema/output.js'
import { openStages } from '../../analysis/request-stages.js'
import { batchesColumns, type BatchRow } from '../csv/batches-columns.js'
import { framesColumns, requestsColumns, type FrameRow } from '../csv/sample-columns.js'
import { machineColumns, type MachineRow } from '../csv/machine-columns.js'
import { createCsv, type RowFile, type TypedColumn, type WrittenFile } from '../csv/csv-file.js'

export interface SampleFiles {
  write: (measurement: MeasurementInput) => Promise<void>
  /** Finishes the files, and removes those that an earlier report wrote and this one did not. */
  end: () => Promise<WrittenFile[]>
  /** Removes the unfinished files of a run that is not summarised. */
  discard: () => Promise<void>
}

type CreateFile = <Row>(file: string, columns: readonly TypedColumn<Row>[]) => RowFile<Row>

/** Loads the writer of a format. The one of Parquet is loaded only if it is used, because it has many modules. */
const loadWriter: Record<Exclude<SampleFormat, 'none'>, () => Promise<CreateFile>> = {
  csv: async () => createCsv,
  parquet: async () => (await import('./parquet-file.js')).createParquet,
}

/**
 * Requests, and frames if the run has any, in the given format; batches.csv and machine.csv if the run has such rows. Written
 * measurement by measurement.
 */
export async function openSampleFiles(folder: string, format: SampleFormat): Promise<SampleFiles> {
  const create = format === 'none' ? undefined : await loadWriter[format]()
  const requests = create?.(join(folder, `requests.${format}`), requestsColumns)
  let frames: RowFile<FrameRow> | undefined
  let batches: RowFile<BatchRow> | undefined
  let machine: RowFile<MachineRow> | undefined

  async function writeSamples({ record, samples, batches }: MeasurementInput): Promise<void> {
    const stagesReader = batches && openStages(batches, record.startedClockUs)
    for (const part of partsOf(samples, 'answeredUs')) {
      const stagesOf = stagesReader?.ofPart(part.requests)
      // This waits only for a full buffer, because a million awaits cost more than the rows.
      for (let row = 0; row < part.requests.count; row++) {
        const stages = stagesOf?.(row)
        const full = requests?.write({ record, requests: part.requests, row, stages })
        if (full !== undefined) await full
      }
      if (part.frames.count > 0) frames ??= create?.(join(folder, `frames.${format}`), framesColumns)
      for (let row = 0; row < part.frames.count; row++) {
        const full = frames?.write({ record, frames: part.frames, row })
        if (full !== undefined) await full
      }
    }
    stagesReader?.close()
  }

  return {
    async write(measurement) {
      const { record, batches: formed, machine: seconds = [] } = measurement
      if (format !== 'none') await writeSamples(measurement)
      for (const batch of formed ?? []) {
        batches ??= createCsv(join(folder, 'batches.csv'), batchesColumns)
        await batches.write({ record, batch })
      }
      if (seconds.length > 0) machine ??= createCsv(join(folder, 'machine.csv'), machineColumns)
      for (const sample of seconds) await machine?.write({ record, sample })
    },
    async end() {
      const written: WrittenFile[] = []
      for (const file of [requests, frames, batches, machine])
        if (file !== undefined) written.push(await file.end())
      const kept = new Set(written.map(({ name }) => name))
      for (const name of possibleFiles) if (!kept.has(name)) await rm(join(folder, name), { force: true })
      return written
    },
    async discard() {
      for (const file of [requests, frames, batches, machine]) await file?.discard()
    },
  }
}

const possibleFiles = [
  ...Object.keys(loadWriter).flatMap((format) => [`requests.${format}`, `frames.${format}`]),
  'batches.csv',
  'machine.csv',
]
