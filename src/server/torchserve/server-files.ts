import { mkdir, mkdtemp, statfs, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import type { Archive } from '../archive/archive-format.js'
import { filesOf } from '../archive/read-archive.js'
import { ExitCode, UserError } from '../../system/user-error.js'

export interface ServerPorts {
  inference: number
  management: number
  metrics: number
  grpcInference: number
  grpcManagement: number
  /** First of the workers' ports. On Linux and macOS they only name Unix sockets. */
  workers: number
}

/** TorchServe's default. It is set explicitly, because it determines how many requests an overloaded server rejects. */
export const jobQueueSize = 100

/** TorchServe's default of 6.5 MB rejects large client batches with an empty 413. */
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

/** The lines of config.properties that a scenario sets. */
export type ConfigLines = Readonly<Record<string, string | number | boolean>>

/**
 * The configuration of a managed TorchServe: loopback only, and no metrics collection in the background.
 *
 * @param lines added, or in place of a default; without `vmargs`, which only TorchServe's own launcher reads
 */
export function configProperties(ports: ServerPorts, modelStore: string, lines: ConfigLines = {}): string {
  const { vmargs: _ofJava, ...written } = lines
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
    // With the default, `log`, the metrics endpoint is empty and lines are logged for each request.
    metrics_mode: 'prometheus',
    // By default a Python process imports torch every minute and competes with the workers.
    disable_system_metrics: true,
    disable_token_authorization: true,
    enable_model_api: true,
    enable_envvars_config: false,
    ...written,
  })
}

/** The Java system property that names the log file. */
export const logFileProperty = 'framestorm.logFile'

/**
 * A log4j2 configuration that logs the lines that are needed per batch, and none per request: the output of the workers
 * (MODEL_LOG: the handler's lines, tracebacks) and their PredictionTime lines (WorkerLifeCycle). The layout is
 * TorchServe's own, so one parser reads both. TorchServe's own configuration writes five lines per request, which would
 * cost more time than a small model.
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
  /** Folder of all files below, except a log to be kept. Removed with the server. */
  folder: string
  config: string
  logConfig: string
  modelStore: string
  /** The name of the archive in the model store. */
  storeName: string
  /** java.io.tmpdir: the workers' sockets, the unpacked models. */
  temp: string
  workerSettings: string
  log: string
}

/** The path of a Unix socket is limited to about 100 bytes, and `<temp>/.ts.sock.65535` must fit. */
const longestTempRoot = 60

/**
 * Creates the folder of a new server.
 *
 * @param archive what it will serve
 * @param logFile the log's path, if it is to be kept
 * @throws UserError (exit code 3) if its disk has no space for the unpacked archive
 */
export async function makeServerFiles(
  archive: Pick<Archive, 'file' | 'form' | 'unpackedBytes'>,
  logFile?: string,
): Promise<ServerFiles> {
  const root = tmpdir().length <= longestTempRoot ? tmpdir() : '/tmp'
  await requireSpace(root, archive.unpackedBytes)
  const folder = await mkdtemp(join(root, 'framestorm-'))
  const files = {
    folder,
    config: join(folder, 'config.properties'),
    logConfig: join(folder, 'log4j2.xml'),
    modelStore: join(folder, 'models'),
    storeName: storeName(archive),
    temp: join(folder, 't'),
    workerSettings: join(folder, 'workers.json'),
    log: logFile === undefined ? join(folder, 'server.log') : resolve(logFile),
  }
  await Promise.all([
    mkdir(files.modelStore),
    mkdir(files.temp),
    mkdir(dirname(files.log), { recursive: true }),
  ])
  await linkArchive(archive, join(files.modelStore, files.storeName))
  await writeFile(files.logConfig, logConfig)
  return files
}

async function requireSpace(root: string, unpackedBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(root)
  if (bavail * bsize >= unpackedBytes) return
  const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`
  throw new UserError('the disk of the temporary folder has too little space to unpack the model archive', {
    where: root,
    expected: `${gigabytes(unpackedBytes)} free`,
    received: `${gigabytes(bavail * bsize)} free`,
    remedy:
      'Free some space, or set TMPDIR to a folder on a larger disk. Or unpack the archive yourself and set model.archive to that folder: its files are linked.',
    exitCode: ExitCode.environment,
  })
}

/** TorchServe tells the form of an archive by its name, and refuses a name with two dots in a row (ModelArchive.java). */
function storeName({ file, form }: Pick<Archive, 'file' | 'form'>): string {
  const stem = basename(file)
    .replace(/\.(mar|zip|tgz|tar\.gz)$/, '')
    .replaceAll('..', '_')
  return stem + { zip: '.mar', tgz: '.tgz', folder: '' }[form]
}

/**
 * Links the archive into the model store: nothing is copied, however large it is. A folder becomes a folder of links,
 * because TorchServe's workers write into the folder of a model, and it is removed when the model is unregistered.
 */
async function linkArchive({ file, form }: Pick<Archive, 'file' | 'form'>, place: string): Promise<void> {
  if (form !== 'folder') {
    await symlink(resolve(file), place)
    return
  }
  for (const inner of await filesOf(file)) {
    const link = join(place, inner.name)
    await mkdir(dirname(link), { recursive: true })
    await symlink(inner.file, link)
  }
}

export async function writeServerConfig(
  files: ServerFiles,
  ports: ServerPorts,
  lines?: ConfigLines,
): Promise<void> {
  await writeFile(files.config, configProperties(ports, files.modelStore, lines))
}
