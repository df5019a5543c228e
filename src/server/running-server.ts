import type { Endpoint } from './endpoint.js'
import type { ModelDescription } from './management/describe-model.js'
import type { OnProgress } from '../system/progress.js'

/** What a result was measured on; stored in the run and printed with every figure. */
export interface ServerIdentity {
  kind: 'torchserve' | 'embedded' | 'url'
  /** `TorchServe 0.12.0`, `embedded (simulated)`, … */
  label: string
  version?: string | undefined
  /** More facts in words: Java, Python, torch, device, weights hash, service-time model. */
  details: Record<string, string>
}

/** What a point asks of the server, changed between points only. */
export interface ServerBatching {
  serverBatchSize: number
  /** Undefined where the batch size is 1. */
  maxBatchDelayMs?: number | undefined
  workers: number
}

/** A server that answers; started by us (managed, embedded) or only addressed (url). */
export interface RunningServer {
  identity: ServerIdentity
  endpoint: Endpoint
  managementUrl?: string
  metricsUrl?: string
  /** The log that holds the workers' PredictionTime lines, where it can be read. */
  logFile?: string
  /** Processes whose CPU and memory belong to the server; empty where unknown. */
  processIds(): Promise<number[]>
  /**
   * What the server says of its model now; absent where its management API cannot be asked. Never during a load.
   * @throws UserError where it does not answer
   */
  describe?(): Promise<ModelDescription>
  /** Puts the settings in force and returns when the workers are ready. */
  configure(batching: ServerBatching): Promise<void>
  /** Ends every process that was started, restores what was changed; safe to call twice. */
  stop(): Promise<void>
}

/** Whether two settings ask the same of a server: a batch of one never waits, whatever its delay. Pure. */
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
  /** Aborting ends whatever was started so far; once started, `stop` does. */
  signal: AbortSignal
  onProgress?: OnProgress | undefined
  /** Where a server of ours writes its log, to be kept after it was stopped. */
  logFile?: string | undefined
}
