import type { FinishedBatch } from './finished-batch.js'

/** One line of the exact log: what a simulation or a joined log has to agree with. */
export function exactLogLine(finished: FinishedBatch): string {
  const { batch, ...rest } = finished
  const { jobs, poppedMs, dispatchedMs, reason, worker } = batch
  return JSON.stringify({
    ...rest,
    worker,
    reason,
    poppedMs,
    dispatchedMs,
    requests: jobs.map((job) => job.requestId),
    arrivedMs: jobs.map((job) => job.arrivedMs),
    frames: jobs.map((job) => job.frames?.checksums.length ?? 0),
  })
}
