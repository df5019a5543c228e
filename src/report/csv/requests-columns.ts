import type { MeasurementRecord } from '../../run/run-manifest.js'
import type { RequestColumns } from '../../run/sample-columns.js'
import { outcomes, phases } from '../../run/sample-columns.js'
import type { RequestStages } from '../../analysis/request-stages.js'
import { toMs } from '../../analysis/milliseconds.js'
import type { Column } from './csv-file.js'

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
  {
    name: 'request',
    meaning: 'Number of the request within the measurement, from 0.',
    cell: ({ requests, row }) => requests.request[row],
  },
  {
    name: 'phase',
    meaning: '`warmup`, `measured` or `drain`, by its due time.',
    cell: ({ requests, row }) => phases[requests.phase[row]!],
  },
  { name: 'frames', meaning: 'Frames in it.', cell: ({ requests, row }) => requests.frames[row] },
  {
    name: 'client',
    meaning: 'Edge device (camera load) or slot (closed load), from 0.',
    cell: ({ requests, row }) => requests.client[row],
  },
  {
    name: 'dueMs',
    meaning: "When it was complete, ms since the measurement's start.",
    cell: ({ requests, row }) => toMs(requests.dueUs[row]),
  },
  { name: 'sentMs', meaning: 'When it was sent.', cell: ({ requests, row }) => toMs(requests.sentUs[row]) },
  {
    name: 'answeredMs',
    meaning: 'When its answer was complete; empty where none came.',
    cell: ({ requests, row }) => toMs(requests.answeredUs[row]),
  },
  {
    name: 'connectMs',
    meaning: 'Time spent connecting before it; empty where the connection was there.',
    cell: ({ requests, row }) => toMs(requests.connectUs[row]),
  },
  {
    name: 'outcome',
    meaning: '`ok`, `http-error`, `timeout`, `connection-error`, `bad-response` or `aborted`.',
    cell: ({ requests, row }) => outcomes[requests.outcome[row]!],
  },
  {
    name: 'status',
    meaning: 'HTTP status; empty where none came.',
    cell: ({ requests, row }) => requests.status[row] || undefined,
  },
  { name: 'bodyBytes', meaning: 'Bytes of its body.', cell: ({ requests, row }) => requests.bodyBytes[row] },
  {
    name: 'answerBytes',
    meaning: "Bytes of the answer's body.",
    cell: ({ requests, row }) => requests.answerBytes[row],
  },
  {
    name: 'answerDeviation',
    meaning:
      'Largest distance of a number in the answer from the reference answer; empty where not compared.',
    cell: ({ requests, row }) => deviation(requests.answerDeviation[row]!),
  },
  {
    name: 'serverRequestId',
    meaning: "The server's x-request-id; empty where there was none.",
    cell: ({ requests, row }) => uuid(requests.serverRequestId, row * 16),
  },
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

function deviation(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : Number(value.toPrecision(3))
}

function uuid(bytes: Uint8Array, at: number): string | undefined {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset + at, 16).toString('hex')
  if (hex === '0'.repeat(32)) return undefined
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
