import type { MeasurementRecord } from '../../samples/run-manifest.js'
import type { BatchFormed } from '../../statistics/batches-formed.js'
import type { Column } from './column.js'

export interface BatchRow {
  record: MeasurementRecord
  batch: BatchFormed
}

/** batches.csv: one row a batch formed, where the server tells. */
export const batchesColumns: Column<BatchRow>[] = [
  { name: 'point', meaning: 'Number of the point, from 1.', cell: ({ record }) => record.point },
  {
    name: 'repetition',
    meaning: 'Which measurement of it, from 1.',
    cell: ({ record }) => record.repetition,
  },
  { name: 'batch', meaning: 'Number of the batch, from 0.', cell: ({ batch }) => batch.batch },
  { name: 'worker', meaning: 'The worker that ran it.', cell: ({ batch }) => batch.worker },
  { name: 'requestsFormed', meaning: 'Requests in it.', cell: ({ batch }) => batch.requestsFormed },
  { name: 'framesFormed', meaning: 'Frames in it.', cell: ({ batch }) => batch.framesFormed },
  {
    name: 'framesAsked',
    meaning: 'Frames that it was asked to hold.',
    cell: ({ batch }) => batch.framesAsked,
  },
  { name: 'handlerMs', meaning: 'Time in the handler.', cell: ({ batch }) => batch.handlerMs },
  {
    name: 'dispatch',
    meaning: '`full`, or `delay` where maxBatchDelay had passed; empty where unknown.',
    cell: ({ batch }) => batch.dispatch,
  },
  {
    name: 'members',
    meaning: '`request` of each request in it, separated by spaces.',
    cell: ({ batch }) => batch.members.join(' '),
  },
]
