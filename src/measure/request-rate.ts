import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { LoadJob } from '../load/load-job.js'
import { readSamples } from '../run/read-samples.js'
import { Outcome, Phase } from '../run/record.js'
import { measureComplete } from './measure-complete.js'
import { sendFirstRequests, type PointMeasurement } from './measure-point.js'

const warmupS = 1
const windowS = 1.5

/**
 * Requests per second that a configured server answers under the load of a point, from a load of a few seconds. It shows
 * before the first measurement how long a window has to be.
 */
export async function measureRequestRate(
  {
    point,
    server,
    payload,
    answers,
    threads,
    folder,
    runLoad,
  }: Omit<PointMeasurement, 'planned' | 'subject'>,
  signal: AbortSignal,
): Promise<number> {
  const { batching, load, measure } = point
  await sendFirstRequests(point, { server, payload, signal })
  const sampleFile = join(folder, 'samples', 'request-rate.bin')
  const job: LoadJob = {
    endpoint: server.endpoint,
    payload,
    framesPerRequest: batching.framesPerRequest,
    load,
    phaseSeed: 1,
    warmupMaxMs: 1000 * Math.min(warmupS, measure.warmupMaxS),
    extent: { durationMs: 1000 * Math.min(windowS, measure.durationS) },
    deadlineMs: measure.deadlineMs,
    answer: answers.shape,
    sampleFile,
    threads,
  }
  const { windowStartUs, windowEndUs } = await measureComplete(async () => {
    const result = await runLoad(job, { signal })
    signal.throwIfAborted()
    return result
  })
  const { requests } = await readSamples(sampleFile)
  await rm(sampleFile, { force: true })
  let answered = 0
  for (let i = 0; i < requests.count; i++)
    if (requests.phase[i] === Phase.measured && requests.outcome[i] === Outcome.ok) answered++
  return answered / ((windowEndUs - windowStartUs) / 1e6)
}
