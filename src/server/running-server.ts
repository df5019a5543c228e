import type { ServerIdentity } from '../run/manifest.js'
import type { Protocol } from '../scenario/plan/plan.js'
import type { Endpoint } from './endpoint.js'
import type { ModelDescription } from './management/describe-model.js'
import type { OnProgress } from '../system/progress.js'

/** The settings of a point that the server applies. They change between points only. */
export interface ServerBatching {
  serverBatchSize: number
  /** Undefined if the batch size is 1. */
  maxBatchDelayMs?: number | undefined
  workers: number
}

/** A server that answers requests: started by Framestorm (managed, embedded) or given by its address (url). */
export interface RunningServer {
  identity: ServerIdentity
  /** Where requests over HTTP go. */
  endpoint: Endpoint
  /** Where requests over gRPC go; undefined if the server does not speak it. */
  grpcEndpoint?: Endpoint | undefined
  /** With the open inference protocol: the input of the model that takes the frames, if its metadata name one. */
  tensor?: { name: string; shape: number[] } | undefined
  managementUrl?: string
  metricsUrl?: string
  /** Path of the log with the workers' PredictionTime lines, if it can be read. */
  logFile?: string
  /** Ids of the server's processes, for CPU and memory; empty if unknown. */
  processIds(): Promise<number[]>
  /**
   * The server's description of its model; absent without a management API. Never call it during a load.
   * @throws UserError (exit code 3) if the server does not answer
   */
  describe?(): Promise<ModelDescription>
  /** Applies the settings; resolves when the workers are ready. */
  configure(batching: ServerBatching): Promise<void>
  /** Ends every process that was started and restores the settings that were changed. Safe to call twice. */
  stop(): Promise<void>
}

/**
 * Where requests of this protocol go.
 *
 * @throws Error if the server does not speak it
 */
export function endpointFor(
  { endpoint, grpcEndpoint }: Pick<RunningServer, 'endpoint' | 'grpcEndpoint'>,
  protocol: Protocol = 'http',
): Endpoint {
  const chosen = protocol === 'grpc' ? grpcEndpoint : endpoint
  if (chosen === undefined) throw new Error('this server does not speak gRPC')
  return chosen
}

/** Whether two settings have the same effect: a batch of one never waits, so its delay has no effect. */
export function sameBatching(one: ServerBatching, other: ServerBatching): boolean {
  return (
    one.serverBatchSize === other.serverBatchSize &&
    one.workers === other.workers &&
    (one.serverBatchSize === 1 || one.maxBatchDelayMs === other.maxBatchDelayMs)
  )
}

export interface StartOptions {
  /** The settings at the start. `configure` changes them later. */
  batching: ServerBatching
  /** Abort ends what was started so far. Once the server runs, `stop` ends it. */
  signal: AbortSignal
  onProgress?: OnProgress | undefined
  /** Path of the log of a server that Framestorm starts. The log is kept after the server has ended. */
  logFile?: string | undefined
}
