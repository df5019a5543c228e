import type { MeasurementRecord } from '../../samples/run-manifest.js'
import type { FrameColumns } from '../../samples/sample-columns.js'
import { noRequest, outcomes, phases } from '../../samples/sample-columns.js'
import { toMs } from '../../statistics/milliseconds.js'
import type { Column } from './column.js'

export interface FrameRow {
  record: MeasurementRecord
  frames: FrameColumns
  row: number
}

/** frames.csv: camera load only, one row a frame, in order of completion. */
export const framesColumns: Column<FrameRow>[] = [
  { name: 'point', meaning: 'Number of the point, from 1.', cell: ({ record }) => record.point },
  {
    name: 'repetition',
    meaning: 'Which measurement of it, from 1.',
    cell: ({ record }) => record.repetition,
  },
  { name: 'camera', meaning: 'Which camera, from 0.', cell: ({ frames, row }) => frames.camera[row] },
  {
    name: 'frame',
    meaning: 'Number of the frame of this camera, from 0: the tick of its schedule.',
    cell: ({ frames, row }) => frames.frame[row],
  },
  {
    name: 'phase',
    meaning: '`warmup`, `measured` or `drain`, by its capture time.',
    cell: ({ frames, row }) => phases[frames.phase[row]!],
  },
  {
    name: 'capturedMs',
    meaning: "Its scheduled tick, ms since the measurement's start.",
    cell: ({ frames, row }) => toMs(frames.capturedUs[row]),
  },
  {
    name: 'request',
    meaning: 'The request that carried it; empty where it was dropped.',
    cell: ({ frames, row }) => (frames.request[row] === noRequest ? undefined : frames.request[row]),
  },
  {
    name: 'outcome',
    meaning: 'That of its request, or `dropped`.',
    cell: ({ frames, row }) => outcomes[frames.outcome[row]!],
  },
]
