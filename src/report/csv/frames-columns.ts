import type { MeasurementRecord } from '../../run/run-manifest.js'
import type { MeasurementSamples } from '../../run/sample-columns.js'
import { noRequest, outcomes, phases } from '../../run/sample-columns.js'
import { rowOf } from '../../analysis/latencies.js'
import { toMs } from '../../analysis/milliseconds.js'
import type { Column } from './csv-file.js'

export interface FrameRow {
  record: MeasurementRecord
  samples: MeasurementSamples
  row: number
  /** Rows of the requests by their numbers. */
  rows: Int32Array
}

/** frames.csv: camera load only, one row a frame, in order of completion. */
export const framesColumns: Column<FrameRow>[] = [
  { name: 'point', meaning: 'Number of the point, from 1.', cell: ({ record }) => record.point },
  {
    name: 'repetition',
    meaning: 'Which measurement of it, from 1.',
    cell: ({ record }) => record.repetition,
  },
  {
    name: 'camera',
    meaning: 'Which camera, from 0.',
    cell: ({ samples: { frames }, row }) => frames.camera[row],
  },
  {
    name: 'frame',
    meaning: 'Number of the frame of this camera, from 0: the tick of its schedule.',
    cell: ({ samples: { frames }, row }) => frames.frame[row],
  },
  {
    name: 'phase',
    meaning: '`warmup`, `measured` or `drain`, by its capture time.',
    cell: ({ samples: { frames }, row }) => phases[frames.phase[row]!],
  },
  {
    name: 'capturedMs',
    meaning: "Its scheduled tick, ms since the measurement's start.",
    cell: ({ samples: { frames }, row }) => toMs(frames.capturedUs[row]),
  },
  {
    name: 'request',
    meaning: 'The request that carried it; empty where it was dropped.',
    cell: ({ samples: { frames }, row }) =>
      frames.request[row] === noRequest ? undefined : frames.request[row],
  },
  {
    name: 'outcome',
    meaning: 'That of its request, or `dropped`.',
    cell: ({ samples: { frames }, row }) => outcomes[frames.outcome[row]!],
  },
  {
    name: 'fillWaitMs',
    meaning:
      'due − captured: its wait for the other frames of its request. With the parts of its request in requests.csv, sendLagMs first, it sums to latencyMs.',
    cell: (row) => between(row, 'dueUs'),
  },
  {
    name: 'latencyMs',
    meaning: 'Frame latency, answered − captured; empty where no answer came.',
    cell: (row) => between(row, 'answeredUs'),
  },
]

/** From its capture to a moment of its request; undefined where that never came. */
function between({ samples, row, rows }: FrameRow, end: 'dueUs' | 'answeredUs'): number | undefined {
  const us = samples.requests[end][rowOf(samples.frames.request[row]!, rows)]
  return us === undefined || Number.isNaN(us) ? undefined : toMs(us - samples.frames.capturedUs[row]!)
}
