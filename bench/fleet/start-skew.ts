import { join } from 'node:path'
import { openFleet } from '../../src/fleet/coordinator/open-fleet.js'
import { startShortJobs } from './short-job.js'

/**
 * How far from the agreed start each of four agents of this machine began, in ms: its clock is that of the coordinator, so
 * what it took for an offset is a part of the distance.
 */
export async function startSkews(
  folder: string,
  { loads, say }: { loads: number; say: (line: string) => void },
): Promise<number[]> {
  const { job, stop } = await startShortJobs(join(folder, 'samples.bin'), { cameras: 40, windowMs: 300 })
  const options = { signal: new AbortController().signal, onStatus: say }
  const fleet = await openFleet({ kind: 'local', agents: 4 }, { folder, points: [], ...options })
  const skews: number[] = []
  try {
    for (let load = 0; load < loads; load++) {
      const { agents = [] } = await fleet.runLoad(job(load), options)
      skews.push(
        ...agents.map(({ startSkewMs = Number.NaN, clockOffsetMs = Number.NaN }) =>
          Math.abs(startSkewMs + clockOffsetMs),
        ),
      )
    }
  } finally {
    await fleet.close()
    stop()
  }
  return skews
}
