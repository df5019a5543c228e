import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { MeasurementInput } from '../../run/read-measurement.js'
import { partsOf } from '../../run/sample-parts.js'
import { stagesByRow } from '../../analysis/request-stages.js'
import { batchesColumns, type BatchRow } from './batches-columns.js'
import { framesColumns, requestsColumns, type FrameRow, type RequestRow } from './sample-columns.js'
import { machineColumns, type MachineRow } from './machine-columns.js'
import { createCsv, type CsvFile } from './csv-file.js'

export interface SampleCsvs {
  write: (measurement: MeasurementInput) => Promise<void>
  end: () => Promise<void>
  /** Removes the unfinished files of a run that is not summarised. */
  discard: () => Promise<void>
}

/** requests.csv, and frames.csv, batches.csv and machine.csv if the run has such rows; written measurement by measurement. */
export function openSampleCsvs(folder: string): SampleCsvs {
  const requests = createCsv<RequestRow>(join(folder, 'requests.csv'), requestsColumns)
  let frames: CsvFile<FrameRow> | undefined
  let batches: CsvFile<BatchRow> | undefined
  let machine: CsvFile<MachineRow> | undefined
  return {
    async write({ record, samples, batches: formed = [], machine: seconds = [] }) {
      const stagesOf = stagesByRow(formed, record.startedClockUs)
      for (const part of partsOf(samples, 'answeredUs')) {
        // This waits only for a full buffer, because a million awaits cost more than the rows.
        for (let row = 0; row < part.requests.count; row++) {
          const stages = stagesOf(part.requests, row)
          const full = requests.write({ record, requests: part.requests, row, stages })
          if (full !== undefined) await full
        }
        if (part.frames.count > 0) frames ??= createCsv(join(folder, 'frames.csv'), framesColumns)
        for (let row = 0; row < part.frames.count; row++) {
          const full = frames?.write({ record, frames: part.frames, row })
          if (full !== undefined) await full
        }
      }
      if (formed.length > 0) batches ??= createCsv(join(folder, 'batches.csv'), batchesColumns)
      for (const batch of formed) await batches?.write({ record, batch })
      if (seconds.length > 0) machine ??= createCsv(join(folder, 'machine.csv'), machineColumns)
      for (const sample of seconds) await machine?.write({ record, sample })
    },
    async end() {
      await requests.end()
      await (frames?.end() ?? rm(join(folder, 'frames.csv'), { force: true }))
      await (batches?.end() ?? rm(join(folder, 'batches.csv'), { force: true }))
      await (machine?.end() ?? rm(join(folder, 'machine.csv'), { force: true }))
    },
    async discard() {
      for (const csv of [requests, frames, batches, machine]) await csv?.discard()
    },
  }
}
