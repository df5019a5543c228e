import type { ServerIdentity } from '../run/manifest.js'
import type { Endpoint } from './endpoint.js'
import type { ModelDescription } from './management/describe-model.js'
import type { OnProgress } from '../system/progress.js'

/** The settings of a point that the server applies; changed between points only. */
export interface ServerBatching {
  serverBatchSize: number
  /** Undefined if the batch size is 1. */
  maxBatchDelayMs?: number | undefined
  workers: number
}

/** A server that answers; started by us (managed, embedded) or only addressed (url). */
export interface RunningServer {
  identity: ServerIdentity
  endpoint: Endpoint
  managementUrl?: string
  metricsUrl?: string
  /** The log with the workers' PredictionTime lines, if it can be read. */
  logFile?: string
  /** Processes whose CPU and memory belong to the server; empty if unknown. */
  processIds(): Promise<number[]>
  /**
   * The server's description of its model; absent without a management API. Never call it during a load.
   * @throws UserError (exit code 3) if the server does not answer
   */
  describe?(): Promise<ModelDescription>
  /** Applies the settings; resolves when the workers are ready. */
  configure(batching: ServerBatching): Promise<void>
  /** Ends every process that was started and restores what was changed; safe to call twice. */
  stop(): Promise<void>
}

/** Whether two settings mean the same to a server: a batch of one never waits, whatever its delay. */
export function sameBatching(one: ServerBatching, other: ServerBatching): boolean {
  return (
    one.serverBatchSize === other.serverBatchSize &&
    one.workers === other.workers &&
    (one.serverBatchSize === 1 || one.maxBatchDelayMs === other.maxBatchDelayMs)
  )
}

export interface StartOptions {
  /** What the server is started with; `configure` changes it later. */
  batching: ServerBatching
  /** Aborting ends what was started so far; once the server runs, `stop` ends it. */
  signal: AbortSignal
  onProgress?: OnProgress | undefined
  /** Path of the log of a server that we start; it is kept after the server has ended. */
  logFile?: string | undefined
}
