import type { MeasurementRecord } from '../../run/run-manifest.js'
import type { BatchFormed } from '../../run/batches-formed.js'
import { toMs } from '../../analysis/milliseconds.js'
import type { Column } from './csv-file.js'

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
    meaning:
      '`full`; `delay` where maxBatchDelay had passed; `no-delay` where there is none; `before-describe` where a DESCRIBE call cut it; empty where unknown.',
    cell: ({ batch }) => batch.dispatch,
  },
  {
    name: 'members',
    meaning: '`request` of each request in it, separated by spaces.',
    cell: ({ batch }) => batch.members.join(' '),
  },
  {
    name: 'poppedMs',
    meaning: "When its worker took the first request, ms since the measurement's start.",
    cell: ({ batch }) => toMs(batch.origin?.poppedUs),
  },
  {
    name: 'dispatchedMs',
    meaning: 'When it left the queue.',
    cell: ({ batch }) => toMs(batch.origin?.dispatchedUs),
  },
  {
    name: 'waits',
    meaning: '`measured` or `inferred`, of poppedMs and dispatchedMs, as in requests.csv.',
    cell: ({ batch }) => batch.origin?.basis,
  },
  {
    name: 'enteredMs',
    meaning: 'When the handler was entered; empty for a model that is not ours.',
    cell: ({ record, batch }) => sinceStart(record, batch.handler?.entryUs),
  },
  {
    name: 'decodeMs',
    meaning: 'Decoding and resizing its frames.',
    cell: ({ batch: { handler } }) => handler && toMs(handler.decodedUs - handler.entryUs),
  },
  {
    name: 'inferenceMs',
    meaning: 'The model.',
    cell: ({ batch: { handler } }) => handler && toMs(handler.inferredUs - handler.decodedUs),
  },
]

function sinceStart({ startedClockUs }: MeasurementRecord, clockUs: number | undefined): number | undefined {
  return startedClockUs === undefined || clockUs === undefined ? undefined : toMs(clockUs - startedClockUs)
}
