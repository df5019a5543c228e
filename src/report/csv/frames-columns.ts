import type { MeasurementRecord } from '../../run/manifest.js'
import { type FrameColumns, frameFields } from '../../run/record.js'
import { toMs } from '../../analysis/percentile.js'
import type { Column } from './csv-file.js'
import { recordColumns } from './record-columns.js'

export interface FrameRow {
  record: MeasurementRecord
  frames: FrameColumns
  row: number
}

/** frames.csv: camera load only, one row per frame, in order of completion. */
export const framesColumns: Column<FrameRow>[] = [
  { name: 'point', meaning: 'Number of the point, from 1.', cell: ({ record }) => record.point },
  {
    name: 'repetition',
    meaning: 'Number of the measurement of this point, from 1.',
    cell: ({ record }) => record.repetition,
  },
  ...recordColumns(frameFields, ({ frames, row }: FrameRow) => ({ columns: frames, at: row })),
  {
    name: 'fillWaitMs',
    meaning:
      'due − captured: the wait for the other frames of its request. With sendLagMs and the later parts of its request in requests.csv it adds up to latencyMs.',
    cell: (row) => between(row, 'dueUs'),
  },
  {
    name: 'latencyMs',
    meaning: 'Frame latency, answered − captured; empty if there was no answer.',
    cell: (row) => between(row, 'answeredUs'),
  },
]

/** From its capture to a moment of its request; undefined if that never came. */
function between({ frames, row }: FrameRow, end: 'dueUs' | 'answeredUs'): number | undefined {
  const us = frames[end][row]!
  return Number.isNaN(us) ? undefined : toMs(us - frames.capturedUs[row]!)
}
