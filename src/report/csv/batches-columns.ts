import type { MeasurementRecord } from '../../run/manifest.js'
import type { BatchFormed } from '../../run/batches-formed.js'
import { toMs } from '../../analysis/percentile.js'
import type { Column } from './csv-file.js'

export interface BatchRow {
  record: MeasurementRecord
  batch: BatchFormed
}

/** batches.csv: one row per batch that the server ran, if the server reports its batches. */
export const batchesColumns: Column<BatchRow>[] = [
  { name: 'point', meaning: 'Number of the point, from 1.', cell: ({ record }) => record.point },
  {
    name: 'repetition',
    meaning: 'Number of the measurement of this point, from 1.',
    cell: ({ record }) => record.repetition,
  },
  { name: 'batch', meaning: 'Number of the batch, from 0.', cell: ({ batch }) => batch.batch },
  { name: 'worker', meaning: 'The worker that ran it.', cell: ({ batch }) => batch.worker },
  { name: 'requestsFormed', meaning: 'Requests in it.', cell: ({ batch }) => batch.requestsFormed },
  { name: 'framesFormed', meaning: 'Frames in it.', cell: ({ batch }) => batch.framesFormed },
  {
    name: 'framesAsked',
    meaning: 'Frames per batch, as configured.',
    cell: ({ batch }) => batch.framesAsked,
  },
  { name: 'handlerMs', meaning: 'Time in the handler.', cell: ({ batch }) => batch.handlerMs },
  {
    name: 'dispatch',
    meaning:
      'Why it was dispatched: `full`; `delay` (maxBatchDelay had passed); `no-delay` (there is none); `before-describe` (a DESCRIBE call ended it); empty if unknown.',
    cell: ({ batch }) => batch.dispatch,
  },
  {
    name: 'members',
    meaning: 'The `request` numbers of its requests, separated by spaces.',
    cell: ({ batch }) => batch.members.join(' '),
  },
  {
    name: 'poppedMs',
    meaning: "When its worker took the first request, ms since the measurement's start.",
    cell: ({ batch }) => toMs(batch.origin?.poppedUs),
  },
  {
    name: 'dispatchedMs',
    meaning: 'When it was dispatched.',
    cell: ({ batch }) => toMs(batch.origin?.dispatchedUs),
  },
  {
    name: 'waits',
    meaning: 'Whether poppedMs and dispatchedMs are `measured` or `inferred`, as in requests.csv.',
    cell: ({ batch }) => batch.origin?.basis,
  },
  {
    name: 'enteredMs',
    meaning: 'When the handler started; empty for a model without Framestorm’s handler.',
    cell: ({ record, batch }) => sinceStart(record, batch.handler?.entryUs),
  },
  {
    name: 'decodeMs',
    meaning: 'Time to decode and resize its frames.',
    cell: ({ batch: { handler } }) => handler && toMs(handler.decodedUs - handler.entryUs),
  },
  {
    name: 'inferenceMs',
    meaning: 'Time in the model.',
    cell: ({ batch: { handler } }) => handler && toMs(handler.inferredUs - handler.decodedUs),
  },
]

function sinceStart({ startedClockUs }: MeasurementRecord, clockUs: number | undefined): number | undefined {
  return startedClockUs === undefined || clockUs === undefined ? undefined : toMs(clockUs - startedClockUs)
}
