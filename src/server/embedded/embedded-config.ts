import { jobQueueSize, maxBodyBytes } from '../torchserve/server-files.js'
import type { ServiceTimeModel } from '../../batching/service-time.js'
import { parseFaults, type Fault } from '../../scenario/grammar/faults.js'
import type { EmbeddedSettings, ModelSettings } from '../../scenario/plan/plan.js'
import { readServiceTimeTable } from './service-time-table.js'

/** The embedded server's counterpart of a .mar in the model store. */
export interface EmbeddedArchive {
  /** File name, such as resnet-18.mar: the `url` of a registration. */
  file: string
  modelName: string
  /** Default 1.0. */
  version?: string
  service: ServiceTimeModel
  faults: Fault[]
}

/**
 * What its inference port and its gRPC port understand: TorchServe's API; the same with the open inference protocol as
 * TorchServe has it (`ts_open_inference_protocol=true`); the open inference protocol alone, as KServe and Triton have
 * it; or one path of any other HTTP server.
 */
export const embeddedApis = ['torchserve', 'torchserve-oip', 'oip', 'custom'] as const
export type EmbeddedApi = (typeof embeddedApis)[number]

/** The paths of `custom`. */
export interface CustomPaths {
  /** Undefined: every path. */
  predict: string | undefined
  ready: string
}

/** All settings of the embedded server; plain data that crosses to its process. */
export interface EmbeddedConfig {
  /** 0 picks a free port. */
  inferencePort: number
  managementPort: number
  metricsPort: number
  grpcPort: number
  api: EmbeddedApi
  customPaths: CustomPaths
  archives: EmbeddedArchive[]
  /** job_queue_size. */
  jobQueueSize: number
  /** max_request_size. */
  maxRequestBytes: number
  /** Time from the start of a worker until it is READY, at registration, scaling and restart. */
  workerLoadMs: number
  /** Whether models can be registered and unregistered. The answer is 405 if not. */
  enableModelApi: boolean
  /** Path of the key_file.json (mode 0600) for the required tokens; undefined if tokens are not required. */
  keyFile?: string | undefined
  seed: number
  /** Lines as the real workers print them. */
  logFile?: string | undefined
  /** Everything about each batch, as JSON lines. */
  exactLogFile?: string | undefined
}

/** The configuration of the managed TorchServe, except that workers load at once. */
export const embeddedDefaults = {
  inferencePort: 0,
  managementPort: 0,
  metricsPort: 0,
  grpcPort: 0,
  api: 'torchserve',
  customPaths: { predict: undefined, ready: '/health' },
  jobQueueSize,
  maxRequestBytes: maxBodyBytes,
  workerLoadMs: 0,
  enableModelApi: true,
  seed: 1,
} as const

export type EmbeddedChoices = Partial<Omit<EmbeddedConfig, 'archives'>>

/**
 * The server's configuration for a point's settings. Its store has one archive, the archive of the model.
 *
 * @throws UserError for an unknown fault name or a table that cannot be read
 */
export async function configureEmbedded(
  settings: EmbeddedSettings,
  model: ModelSettings,
  choices: EmbeddedChoices,
): Promise<EmbeddedConfig> {
  const { table, faults = {}, ...service } = settings
  return {
    ...embeddedDefaults,
    ...choices,
    archives: [
      {
        file: archiveName(model),
        modelName: model.name,
        // The archive is simulated, so it has the version that is asked for.
        ...(model.version !== undefined && { version: model.version }),
        service: { ...service, ...(table !== undefined && { table: await readServiceTimeTable(table) }) },
        faults: parseFaults(faults),
      },
    ],
  }
}

/** The name under which the embedded server's store holds a model. */
export function archiveName(model: ModelSettings): string {
  return `${model.name}.mar`
}
