import type { ServerBatch } from '../../src/run/read-server-batches.js'

/** A server of the same kind, without models, that requires tokens. */
export interface TokenServer {
  inferencePort: number
  managementPort: number
  metricsPort: number
  /** Of the gRPC inference API. */
  grpcPort: number
  /** key_file.json */
  keyFile: string
  stop(): Promise<void>
}

/** A server of the same kind with the sleeping models, which speaks the open inference protocol as TorchServe does. */
export interface OpenInferenceServer {
  inferencePort: number
  managementPort: number
  grpcPort: number
  stop(): Promise<void>
}

/** A server under test: the real one and the embedded one look the same from here. */
export interface Target {
  kind: 'torchserve' | 'embedded'
  label: string
  inferencePort: number
  managementPort: number
  metricsPort: number
  /** Of the gRPC inference API. */
  grpcPort: number
  /** Tolerance of the median dispatch time, compared with TorchServe's algorithm. */
  toleranceMs: number
  /** Kills the process of a worker as SIGKILL does. */
  killWorker(model: string, worker: number): Promise<void>
  /** The batches in its log so far. */
  batches(): Promise<ServerBatch[]>
  startWithTokens(): Promise<TokenServer>
  startWithOpenInference(): Promise<OpenInferenceServer>
  stop(): Promise<void>
}
