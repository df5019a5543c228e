import { createWriteStream } from 'node:fs'
import type { WriteStream } from 'node:fs'
import { finished as streamFinished } from 'node:stream/promises'
import type { EmbeddedConfig } from './embedded-config.js'
import { exactLogLine } from './exact-log-line.js'
import type { FinishedBatch } from './finished-batch.js'
import { workerLogLines } from './worker-log-lines.js'

export interface BatchLogs {
  enabled: boolean
  write(finished: FinishedBatch): void
  /** Resolves once all lines are on disk. */
  close(): Promise<void>
}

/** The two logs, as far as they are wanted; files are appended to and readable by their owner only. */
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
