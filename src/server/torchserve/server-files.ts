import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'

export interface ServerPorts {
  inference: number
  management: number
  metrics: number
  grpcInference: number
  grpcManagement: number
  /** First of the workers' ports; on Linux and macOS these only name their Unix sockets. */
  workers: number
}

/** TorchServe's default, set explicitly: what an overloaded server refuses depends on it. */
export const jobQueueSize = 100

/** TorchServe's 6.5 MB would refuse large client batches with an empty 413. */
export const maxBodyBytes = 256 * 1024 * 1024

function escapeValue(value: string | number | boolean): string {
  return String(value).replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}

/** `key=value` lines of Java's Properties format. */
export function formatProperties(properties: Record<string, string | number | boolean>): string {
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${escapeValue(value)}\n`)
    .join('')
}

/** The configuration of a managed TorchServe: loopback only, nothing measured in the background. */
export function configProperties(ports: ServerPorts, modelStore: string): string {
  return formatProperties({
    inference_address: `http://127.0.0.1:${ports.inference}`,
    management_address: `http://127.0.0.1:${ports.management}`,
    metrics_address: `http://127.0.0.1:${ports.metrics}`,
    grpc_inference_address: '127.0.0.1',
    grpc_management_address: '127.0.0.1',
    grpc_inference_port: ports.grpcInference,
    grpc_management_port: ports.grpcManagement,
    initial_worker_port: ports.workers,
    model_store: modelStore,
    default_workers_per_model: 1,
    job_queue_size: jobQueueSize,
    max_request_size: maxBodyBytes,
    max_response_size: maxBodyBytes,
    // The default, log, leaves the metrics endpoint empty and writes lines for each request.
    metrics_mode: 'prometheus',
    // Otherwise a Python process imports torch every minute and competes with the workers.
    disable_system_metrics: true,
    disable_token_authorization: true,
    enable_model_api: true,
    enable_envvars_config: false,
  })
}

/** The Java system property that names the log file. */
export const logFileProperty = 'framestorm.logFile'

/**
 * A log4j2 configuration that keeps what is needed per batch, and nothing per request: what the workers print
 * (MODEL_LOG: our handler's lines, tracebacks) and their PredictionTime lines (WorkerLifeCycle). The layout is the
 * one that TorchServe ships, so one parser reads both. Where TorchServe's own configuration writes five lines for
 * each request, the log would cost the server more than a small model does.
 */
const logConfig = `<?xml version="1.0" encoding="UTF-8"?>
<Configuration status="warn">
  <Appenders>
    <File name="server" fileName="\${sys:${logFileProperty}}" append="true">
      <PatternLayout pattern="%d{ISO8601} [%-5p] %t %c - %m%n"/>
    </File>
  </Appenders>
  <Loggers>
    <Logger name="ACCESS_LOG" level="off"/>
    <Logger name="TS_METRICS" level="off"/>
    <Logger name="MODEL_METRICS" level="off"/>
    <Logger name="MODEL_LOG" level="info"/>
    <Logger name="org.pytorch.serve.wlm.WorkerLifeCycle" level="info"/>
    <Logger name="org.pytorch.serve.ModelServer" level="info"/>
    <Root level="warn">
      <AppenderRef ref="server"/>
    </Root>
  </Loggers>
</Configuration>
`

export interface ServerFiles {
  /** Removed with the server; holds all files below, except a log to be kept. */
  folder: string
  config: string
  logConfig: string
  modelStore: string
  /** java.io.tmpdir: the workers' sockets, the unpacked models. */
  temp: string
  workerSettings: string
  log: string
}

/** A Unix socket's path holds about 100 bytes: `<temp>/.ts.sock.65535` must fit. */
const longestTempRoot = 60

/**
 * Creates the folder of a new server.
 *
 * @param archive path of the .mar that it will serve
 * @param logFile the log's path, if it is to be kept
 */
export async function makeServerFiles(archive: string, logFile?: string): Promise<ServerFiles> {
  const root = tmpdir().length <= longestTempRoot ? tmpdir() : '/tmp'
  const folder = await mkdtemp(join(root, 'framestorm-'))
  const files = {
    folder,
    config: join(folder, 'config.properties'),
    logConfig: join(folder, 'log4j2.xml'),
    modelStore: join(folder, 'models'),
    temp: join(folder, 't'),
    workerSettings: join(folder, 'workers.json'),
    log: logFile === undefined ? join(folder, 'server.log') : resolve(logFile),
  }
  await Promise.all([
    mkdir(files.modelStore),
    mkdir(files.temp),
    mkdir(dirname(files.log), { recursive: true }),
  ])
  await symlink(resolve(archive), join(files.modelStore, basename(archive)))
  await writeFile(files.logConfig, logConfig)
  return files
}

export async function writeServerConfig(files: ServerFiles, ports: ServerPorts): Promise<void> {
  await writeFile(files.config, configProperties(ports, files.modelStore))
}
