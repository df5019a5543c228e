import type { MeasurementRecord } from '../../samples/run-manifest.js'
import type { RequestColumns } from '../../samples/sample-columns.js'
import { outcomes, phases } from '../../samples/sample-columns.js'
import { toMs } from '../../statistics/milliseconds.js'
import type { Column } from './column.js'

export interface RequestRow {
  record: MeasurementRecord
  requests: RequestColumns
  row: number
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
]

function deviation(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : Number(value.toPrecision(3))
}

function uuid(bytes: Uint8Array, at: number): string | undefined {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset + at, 16).toString('hex')
  if (hex === '0'.repeat(32)) return undefined
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
