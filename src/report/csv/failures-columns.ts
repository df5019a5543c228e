import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { RunAnalysis } from '../../analysis/analyse-run.js'
import type { ExplainedFailure } from '../../analysis/failures.js'
import type { MeasurementSummary } from '../../analysis/measurement-summary.js'
import { createCsv, type Column } from './csv-file.js'

interface FailureRow {
  measurement: Pick<MeasurementSummary, 'point' | 'repetition'>
  failure: ExplainedFailure
}

/** failures.csv: one row per measurement and cause of failure, those of most frames first. */
export const failuresColumns: Column<FailureRow>[] = [
  { name: 'point', meaning: 'Number of the point, from 1.', cell: ({ measurement }) => measurement.point },
  {
    name: 'repetition',
    meaning: 'Number of the measurement of this point, from 1.',
    cell: ({ measurement }) => measurement.repetition,
  },
  {
    name: 'outcome',
    meaning: '`http-error`, `timeout`, `connection-error` or `bad-response`.',
    cell: ({ failure }) => failure.outcome,
  },
  {
    name: 'status',
    meaning:
      'HTTP status, or the status code of gRPC (1 to 16); empty if there was none, or if failures of several kinds are added up.',
    cell: ({ failure }) => failure.status,
  },
  {
    name: 'message',
    meaning:
      'What the server said, or why there was no answer: one line, shortened, with secrets masked. Texts that differ only in numbers are one row with the first text. Empty: the server said nothing, the run did not keep it, or more than 32 different texts are added up.',
    cell: ({ failure }) => failure.message,
  },
  {
    name: 'requests',
    meaning: 'Failed requests that were due in the measured phase.',
    cell: ({ failure }) => failure.requests,
  },
  {
    name: 'frames',
    meaning:
      'Frames of the measured phase in such requests; by outcome they add up to the counts in points.csv.',
    cell: ({ failure }) => failure.frames,
  },
  {
    name: 'share',
    meaning: 'Share of the frames scheduled.',
    cell: ({ failure }) => Number(failure.share.toPrecision(6)),
  },
  {
    name: 'kind',
    meaning: 'Short name of the meaning, such as `queue-full` or `handler-failed-in-batch`.',
    cell: ({ failure }) => failure.kind,
  },
  { name: 'meaning', meaning: 'What it means.', cell: ({ failure }) => failure.meaning },
  { name: 'remedy', meaning: 'What to do about it.', cell: ({ failure }) => failure.remedy },
]

/** Writes failures.csv into the folder, or removes an older one if nothing failed. */
export async function writeFailuresCsv(
  folder: string,
  { measurements }: Pick<RunAnalysis, 'measurements'>,
): Promise<void> {
  const file = join(folder, 'failures.csv')
  const rows = measurements.flatMap((measurement) =>
    measurement.failures.map((failure): FailureRow => ({ measurement, failure })),
  )
  if (rows.length === 0) return rm(file, { force: true })
  const csv = createCsv(file, failuresColumns)
  for (const row of rows) await csv.write(row)
  await csv.end()
}
