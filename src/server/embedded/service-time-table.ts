import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { median } from 'simple-statistics'
import type { ServiceTimePoint } from '../../batching/service-time.js'
import { ExitCode, UserError } from '../../system/user-error.js'

/**
 * The median handler time of each batch size in a run's batches.csv, in rising order of the frames.
 *
 * @throws UserError (exit code 3) if the run has no batches
 */
export async function readServiceTimeTable(runFolder: string): Promise<ServiceTimePoint[]> {
  const file = join(runFolder, 'batches.csv')
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    throw noBatches(file, 'no such file can be read', cause)
  }
  const table = serviceTimeTable(text)
  if (table.length === 0) throw noBatches(file, 'no batch with framesFormed and handlerMs')
  return table
}

/** From the text of a batches.csv: numbers and names only, so that no cell is quoted. */
export function serviceTimeTable(csv: string): ServiceTimePoint[] {
  const [header = '', ...rows] = csv.split(/\r?\n/)
  const columns = header.split(',')
  const [framesAt, msAt] = [columns.indexOf('framesFormed'), columns.indexOf('handlerMs')]
  const times = new Map<number, number[]>()
  for (const row of rows) {
    const cells = row.split(',')
    const [frames, ms] = [Number(cells[framesAt]), Number(cells[msAt])]
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
  return new UserError('this run holds no measured batch times', {
    where,
    expected: 'a run on a server whose log was read: its batches.csv has a row for each batch',
    received,
    remedy: 'Measure one on a managed TorchServe, or give tau and alpha instead of a table.',
    exitCode: ExitCode.environment,
    cause,
  })
}
