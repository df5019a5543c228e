import type { MeasurementRecord } from '../../run/manifest.js'
import { frameFields, requestFields, type FrameColumns, type RequestColumns } from '../../run/record.js'
import type { RequestStages } from '../../analysis/request-stages.js'
import { toMs } from '../../analysis/percentile.js'
import type { TypedColumn } from './csv-file.js'
import { recordColumns } from './record-columns.js'

export interface RequestRow {
  record: MeasurementRecord
  requests: RequestColumns
  row: number
  /** The stages of the request at the server, as far as they are known. */
  stages: RequestStages | undefined
}

/** requests.csv or requests.parquet: one row per request, in order of completion. */
export const requestsColumns: TypedColumn<RequestRow>[] = [
  {
    name: 'point',
    meaning: 'Number of the point, from 1.',
    type: 'uint32',
    cell: ({ record }) => record.point,
  },
  {
    name: 'repetition',
    meaning: 'Number of the measurement of this point, from 1.',
    type: 'uint32',
    cell: ({ record }) => record.repetition,
  },
  ...recordColumns(requestFields, ({ requests }: RequestRow) => requests),
  {
    name: 'batch',
    meaning: 'Number of its batch in batches.csv; empty if unknown.',
    type: 'uint32',
    cell: ({ stages }) => stages?.batch.batch,
  },
  {
    name: 'sendLagMs',
    meaning: 'sent − due.',
    type: 'double',
    cell: ({ requests, row }) => toMs(requests.sentUs[row]! - requests.dueUs[row]!),
  },
  stage(
    'sentToHandlerMs',
    'From sent to the start of the handler: network, queue, batch, worker.',
    'sentToHandlerUs',
  ),
  stage(
    'queueWaitMs',
    'Part of sentToHandlerMs: time in the queue, until a worker began to collect its batch.',
    'queueWaitUs',
  ),
  stage('batchWaitMs', 'Part of sentToHandlerMs: time in the batch while it was collected.', 'batchWaitUs'),
  {
    name: 'waits',
    meaning:
      '`measured` if the server reported queueWaitMs and batchWaitMs (embedded), `inferred` if they come from a replay of TorchServe’s batching on the known arrivals and batches.',
    type: 'string',
    cell: ({ stages }) => stages?.batch.origin?.basis,
  },
  stage('decodeMs', 'Time to decode and resize all frames of its batch.', 'decodeUs'),
  stage('inferenceMs', 'Time in the model, for all frames of its batch.', 'inferenceUs'),
  stage('handlerRestMs', 'Remaining time in the handler, to create the answers.', 'handlerRestUs'),
  stage('handlerToAnswerMs', 'From the end of the handler to answered.', 'handlerToAnswerUs'),
  stage(
    'handlerMs',
    'Total time in the handler; for a model without Framestorm’s handler, the only known part.',
    'handlerUs',
  ),
  stage(
    'unexplainedMs',
    'Request latency minus all known parts: about 0 with Framestorm’s handler, otherwise network, queue and batch wait.',
    'unexplainedUs',
  ),
]

function stage(
  name: string,
  meaning: string,
  of: Exclude<keyof RequestStages, 'batch'>,
): TypedColumn<RequestRow> {
  return { name, meaning, type: 'double', cell: ({ stages }) => toMs(stages?.[of]) }
}

export interface FrameRow {
  record: MeasurementRecord
  frames: FrameColumns
  row: number
}

/** frames.csv or frames.parquet: camera load only, one row per frame, in order of completion. */
export const framesColumns: TypedColumn<FrameRow>[] = [
  {
    name: 'point',
    meaning: 'Number of the point, from 1.',
    type: 'uint32',
    cell: ({ record }) => record.point,
  },
  {
    name: 'repetition',
    meaning: 'Number of the measurement of this point, from 1.',
    type: 'uint32',
    cell: ({ record }) => record.repetition,
  },
  ...recordColumns(frameFields, ({ frames }: FrameRow) => frames),
  {
    name: 'fillWaitMs',
    meaning:
      'due − captured: the wait for the other frames of its request. With sendLagMs and the later parts of its request in requests.csv it adds up to latencyMs.',
    type: 'double',
    cell: (row) => between(row, 'dueUs'),
  },
  {
    name: 'latencyMs',
    meaning: 'Frame latency, answered − captured; empty if there was no answer.',
    type: 'double',
    cell: (row) => between(row, 'answeredUs'),
  },
]

/** From its capture to a moment of its request; undefined if that never came. */
function between({ frames, row }: FrameRow, end: 'dueUs' | 'answeredUs'): number | undefined {
  const us = frames[end][row]!
  return Number.isNaN(us) ? undefined : toMs(us - frames.capturedUs[row]!)
}
