import type { MeasurementRecord } from '../../run/run-manifest.js'
import type { RequestColumns } from '../../run/record.js'
import { requestFields } from '../../run/record.js'
import type { RequestStages } from '../../analysis/request-stages.js'
import { toMs } from '../../analysis/milliseconds.js'
import type { Column } from './csv-file.js'
import { recordColumns } from './record-columns.js'

export interface RequestRow {
  record: MeasurementRecord
  requests: RequestColumns
  row: number
  /** Where its time at the server went, as far as the server told. */
  stages: RequestStages | undefined
}

/** requests.csv: one row a request, in order of completion. */
export const requestsColumns: Column<RequestRow>[] = [
  { name: 'point', meaning: 'Number of the point, from 1.', cell: ({ record }) => record.point },
  {
    name: 'repetition',
    meaning: 'Which measurement of it, from 1.',
    cell: ({ record }) => record.repetition,
  },
  ...recordColumns(requestFields, ({ requests, row }: RequestRow) => ({ columns: requests, at: row })),
  {
    name: 'batch',
    meaning: 'The batch of batches.csv that it was in; empty where the server does not tell.',
    cell: ({ stages }) => stages?.batch.batch,
  },
  {
    name: 'sendLagMs',
    meaning: 'sent − due.',
    cell: ({ requests, row }) => toMs(requests.sentUs[row]! - requests.dueUs[row]!),
  },
  stage(
    'sentToHandlerMs',
    'From sent to the entry into the handler: network, queue, batch, worker.',
    'sentToHandlerUs',
  ),
  stage(
    'queueWaitMs',
    'Of sentToHandlerMs: in the queue, until a worker began to collect its batch.',
    'queueWaitUs',
  ),
  stage('batchWaitMs', 'Of sentToHandlerMs: in the batch being collected, until that left.', 'batchWaitUs'),
  {
    name: 'waits',
    meaning:
      '`measured` where the server told queueWaitMs and batchWaitMs itself (embedded), `inferred` where they come from a replay of TorchServe’s batching on the known arrivals and batches.',
    cell: ({ stages }) => stages?.batch.origin?.basis,
  },
  stage('decodeMs', 'Decoding and resizing all frames of its batch.', 'decodeUs'),
  stage('inferenceMs', 'The model, for all frames of its batch.', 'inferenceUs'),
  stage('handlerRestMs', 'The rest of the handler: forming the answers.', 'handlerRestUs'),
  stage('handlerToAnswerMs', 'From the exit of the handler to answered.', 'handlerToAnswerUs'),
  stage(
    'handlerMs',
    'All of the time in the handler; the only part known of a model that is not ours.',
    'handlerUs',
  ),
  stage(
    'unexplainedMs',
    'Request latency less all parts that are known: about 0 with our handler, else network, queue and batch wait.',
    'unexplainedUs',
  ),
]

function stage(name: string, meaning: string, of: Exclude<keyof RequestStages, 'batch'>): Column<RequestRow> {
  return { name, meaning, cell: ({ stages }) => toMs(stages?.[of]) }
}
