import { createWriteStream, type WriteStream } from 'node:fs'
import { finished as streamFinished } from 'node:stream/promises'
import type { EmbeddedConfig } from './embedded-config.js'
import type { FinishedBatch } from './live-job.js'
import { hostname } from 'node:os'

export interface BatchLogs {
  enabled: boolean
  write(finished: FinishedBatch): void
  /** Resolves once all lines are on disk. */
  close(): Promise<void>
}

/** Opens the configured logs. Files are appended to and are readable by their owner only. */
export function openBatchLogs({
  logFile,
  exactLogFile,
}: Pick<EmbeddedConfig, 'logFile' | 'exactLogFile'>): BatchLogs {
  const workerLog = openLineFile(logFile)
  const exactLog = openLineFile(exactLogFile)
  return {
    enabled: logFile !== undefined || exactLogFile !== undefined,
    write(finished) {
      if (finished.end === 'answered' && !finished.faults.includes('fail')) {
        workerLog?.write(`${workerLogLines(finished, Date.now())}\n`)
      }
      exactLog?.write(`${exactLogLine(finished)}\n`)
    },
    async close() {
      await Promise.all([closed(workerLog), closed(exactLog)])
    },
  }
}

function openLineFile(path: string | undefined): WriteStream | undefined {
  return path === undefined ? undefined : createWriteStream(path, { flags: 'a', mode: 0o600 })
}

async function closed(stream: WriteStream | undefined): Promise<void> {
  if (stream === undefined) return
  stream.end()
  await streamFinished(stream)
}

/** One line of the exact log, the reference for the simulator and for the analysis of the log. */
function exactLogLine(finished: FinishedBatch): string {
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

const host = hostname()

/**
 * The two lines that a real worker leaves in TorchServe's log for each batch that it answered: the metric that every
 * worker prints (echoed by wlm/WorkerLifeCycle.java:388), and the line of Framestorm's handler.
 */
function workerLogLines(finished: FinishedBatch, wallClockMs: number): string {
  const { batch, model, version, workerId, endMs } = finished
  const ids = batch.jobs.map((job) => job.requestId)
  const clientRequests = batch.jobs.map((job) => job.frames?.clientRequestId ?? '')
  const head = `${isoLocal(wallClockMs)} [INFO ] W-${workerId}-${model}_${version}-stdout`
  const facts = {
    entryNs: nanoseconds(batch.dispatchedMs),
    decodedNs: nanoseconds(batch.dispatchedMs),
    inferredNs: nanoseconds(endMs),
    exitNs: nanoseconds(endMs),
    requests: ids,
    frames: batch.jobs.map((job) => job.frames?.checksums.length ?? 0),
    ...(clientRequests.some((id) => id !== '') && { clientRequests }),
    // A real handler does not know this. Only this server can observe its queue.
    queue: {
      arrivedNs: batch.jobs.map((job) => nanoseconds(job.arrivedMs)),
      poppedNs: nanoseconds(batch.poppedMs),
      dispatchedNs: nanoseconds(batch.dispatchedMs),
      reason: batch.reason,
    },
  }
  const tookMs = (endMs - batch.dispatchedMs).toFixed(2)
  const epochS = Math.floor(wallClockMs / 1000)
  return (
    `${head} MODEL_LOG - [FRAMESTORM_BATCH]${JSON.stringify(facts)}\n` +
    `${head} org.pytorch.serve.wlm.WorkerLifeCycle - result=[METRICS]PredictionTime.Milliseconds:${tookMs}` +
    `|#ModelName:${model},Level:Model|#type:GAUGE|#hostname:${host},${epochS},${ids.join(',')}, pattern=[METRICS]`
  )
}

function nanoseconds(ms: number): number {
  return Math.round(ms * 1e6)
}

/** log4j's %d{ISO8601}: local time, comma before the milliseconds. */
function isoLocal(wallClockMs: number): string {
  const local = new Date(wallClockMs - new Date(wallClockMs).getTimezoneOffset() * 60_000)
  return local.toISOString().slice(0, 23).replace('.', ',')
}
