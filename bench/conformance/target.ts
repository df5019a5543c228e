import type { ServerBatch } from '../../src/run/server-batch.js'

/** A server of the same kind without models that wants tokens. */
export interface TokenServer {
  inferencePort: number
  managementPort: number
  metricsPort: number
  /** key_file.json */
  keyFile: string
  stop(): Promise<void>
}

/** A server under test: the real one and the embedded one look the same from here. */
export interface Target {
  kind: 'torchserve' | 'embedded'
  label: string
  inferencePort: number
  managementPort: number
  metricsPort: number
  /** How far a dispatch may be from where TorchServe's algorithm puts it, in the median. */
  toleranceMs: number
  /** Kills the process of a worker as SIGKILL does. */
  killWorker(model: string, worker: number): Promise<void>
  /** What its log tells of batches until now. */
  batches(): Promise<ServerBatch[]>
  startWithTokens(): Promise<TokenServer>
  stop(): Promise<void>
}
