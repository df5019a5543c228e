import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { median } from 'simple-statistics'
import type { ServiceTimePoint } from '../../batching/service-time.js'
import { ExitCode, UserError, messageOf } from '../../system/user-error.js'

/**
 * The median handler time of each batch size in a run's batches.csv, in ascending order of frames.
 *
 * @throws UserError (exit code 3) if the run has no batches
 */
export async function readServiceTimeTable(runFolder: string): Promise<ServiceTimePoint[]> {
  const file = join(runFolder, 'batches.csv')
  let table: ServiceTimePoint[]
  try {
    table = serviceTimeTable(await readFile(file, 'utf8'))
  } catch (cause) {
    throw noBatches(file, messageOf(cause), cause)
  }
  if (table.length === 0) throw noBatches(file, 'no batch with framesFormed and handlerMs')
  return table
}

/** Computes the table from the text of a batches.csv. Throws if the text is not CSV. */
export function serviceTimeTable(csv: string): ServiceTimePoint[] {
  const rows: Record<string, string>[] = parse(csv, { columns: true, skip_empty_lines: true })
  const times = new Map<number, number[]>()
  for (const { framesFormed, handlerMs } of rows) {
    const [frames, ms] = [Number(framesFormed), Number(handlerMs)]
    if (!(frames > 0) || !(ms > 0)) continue
    const some = times.get(frames)
    if (some === undefined) times.set(frames, [ms])
    else some.push(ms)
  }
  return [...times]
    .map(([frames, some]) => ({ frames, ms: median(some) }))
    .toSorted((a, b) => a.frames - b.frames)
}

function noBatches(where: string, received: string, cause?: unknown): UserError {
  return new UserError('the run has no measured batch times', {
    where,
    expected: 'a run whose batches.csv has one row per batch, from the log of its server',
    received,
    remedy: 'Use a run on a managed TorchServe, or set tau and alpha instead of a table.',
    exitCode: ExitCode.environment,
    cause,
  })
}
