import type { ModelSettings, TorchServeSettings } from '../../scenario/plan/plan.js'
import { checkModelFiles } from '../archive/model-files.js'
import type { Archive } from '../archive/archive-format.js'
import { includedArchive } from '../archive/write-archive.js'
import type { ServerIdentity } from '../../run/manifest.js'
import {
  sameBatching,
  type RunningServer,
  type ServerBatching,
  type StartOptions,
} from '../running-server.js'
import { chooseEnvironment, type ServerEnvironment } from './environment/choose-environment.js'
import { startJava, type JavaServer } from './start-java.js'
import { readFile } from 'node:fs/promises'
import { ExitCode, limitFailures, UserError } from '../../system/user-error.js'
import { plural } from '../../system/plural.js'
import type { OnProgress } from '../../system/progress.js'
import { loopbackEndpoint, loopbackGrpcEndpoint } from '../endpoint.js'
import { registerModel, unregisterModel } from '../management/register-model.js'
import type { ServerApi } from '../management/call-api.js'
import { describeModel } from '../management/describe-model.js'
import { requireImports } from './missing-imports.js'
import { isServerGone, loadAdvice, workerMessage } from './load-failure.js'
import { readWithTraceback } from './read-with-traceback.js'
import { availableParallelism } from 'node:os'
import writeFileAtomic from 'write-file-atomic'
import { jobQueueSize } from './server-files.js'

/**
 * Starts a private TorchServe with the model registered and its workers ready; on first use it installs the Python
 * environment. The server listens on 127.0.0.1 only and always ends with this process.
 *
 * @throws UserError (exit code 3) if the environment, the server or the model cannot be started, with the worker's
 * message
 */
export async function startTorchServe(
  settings: TorchServeSettings,
  model: ModelSettings,
  options: StartOptions,
): Promise<RunningServer> {
  const { batching, signal, onProgress } = options
  const own = await limitFailures('model', async () => {
    const found = await checkModelFiles(model, settings.handler, { signal, onProgress })
    // Before anything is installed, as far as possible.
    if (found !== undefined) requireVersion(model, found)
    return found
  })
  const choose = () => chooseEnvironment(settings, { signal, onProgress })
  // Another point may run in another environment.
  const isOwn = settings.python !== undefined || settings.requirements !== undefined
  const environment = isOwn ? await limitFailures('model', choose) : await choose()
  const { python } = environment
  const archive = await limitFailures('model', async () => {
    const made = own ?? (await includedArchive(model, settings.handler, { python, signal, onProgress }))
    await requireImports(
      { ...made, name: model.archive ?? settings.handler },
      { environment, settings, signal },
    )
    requireVersion(model, made)
    return made
  })
  onProgress?.({ text: 'starting TorchServe' })
  const { env } = settings
  // Without this TorchServe has the paths of inference, but not the gRPC service and the readiness.
  const protocol = settings.api === 'oip' ? { ts_open_inference_protocol: true } : {}
  const config = { ...protocol, ...settings.config }
  const wanted = { archive, logFile: options.logFile, config, env }
  const java = await startJava(environment, wanted, signal)
  const server = runningTorchServe({ environment, archive, settings, model, java, signal, onProgress })
  try {
    onProgress?.({
      text: `loading ${model.name} on ${plural(batching.workers, 'worker')}`,
    })
    await server.configure(batching)
    return server
  } catch (error) {
    await server.stop()
    throw error
  }
}

/** A model is registered with the version of its archive. */
function requireVersion({ name, version }: ModelSettings, { file, modelVersion }: Archive): void {
  if (version === undefined || version === modelVersion) return
  throw new UserError(`the archive has no version ${version} of ${name}`, {
    where: file,
    expected: `version ${version} (model.version)`,
    received: modelVersion,
    remedy: `Remove model.version, set it to "${modelVersion}", or use the archive of that version.`,
    concerns: 'model',
  })
}

interface TorchServeParts {
  environment: ServerEnvironment
  archive: Archive
  settings: TorchServeSettings
  model: ModelSettings
  java: JavaServer
  signal?: AbortSignal | undefined
  onProgress?: OnProgress | undefined
}

/** The error for a model that does not load. It shows the worker's message, which says more than TorchServe's. */
async function loadFailure(parts: TorchServeParts, error: UserError): Promise<UserError> {
  const answer = error.parts.received ?? error.message
  if (parts.java.hasEnded() || isServerGone(answer)) return serverEnded(parts)
  const log = await readWithTraceback(() => readFile(parts.java.files.log, 'utf8').catch(() => ''))
  const output = workerMessage(log) ?? parts.java.output.slice(-15).join('\n')
  return new UserError(`the model ${parts.model.name} failed to load`, {
    where: parts.model.archive ?? parts.settings.handler ?? parts.archive.file,
    received: answer,
    excerpt: output,
    remedy: loadAdvice(answer, output, log),
    exitCode: ExitCode.environment,
    concerns: 'model',
    cause: error,
  })
}

function serverEnded({ java }: TorchServeParts): UserError {
  return new UserError('TorchServe exited while it was in use', {
    where: java.files.log,
    received: java.output.length === 0 ? 'it exited without any output' : 'it exited; last log lines:',
    ...(java.output.length > 0 && { excerpt: java.output.slice(-15).join('\n') }),
    remedy:
      'If it was not stopped on purpose, the operating system most likely killed it for lack of memory. Use fewer workers or a larger machine.',
    exitCode: ExitCode.environment,
  })
}

/** Makes a server to measure out of a running java. No model is registered before the first `configure`. */
function runningTorchServe(parts: TorchServeParts): RunningServer {
  const { model, java, signal, onProgress } = parts
  const api: ServerApi = { name: 'management', url: `http://127.0.0.1:${java.ports.management}` }
  const identity = torchServeIdentity(parts)
  let inForce: ServerBatching | undefined
  let mayHaveModel = false

  async function configure(batching: ServerBatching): Promise<void> {
    if (java.hasEnded()) throw serverEnded(parts)
    if (inForce !== undefined && sameBatching(inForce, batching)) return
    inForce = undefined
    const registration = { modelName: model.name, modelUrl: java.files.storeName, ...batching }
    try {
      if (mayHaveModel) await unregisterModel(api, model, { signal, onProgress })
      await writeWorkerSettings(java.files.workerSettings, batching.workers)
      mayHaveModel = true
      await registerModel(api, registration, { signal, onProgress })
    } catch (error) {
      if (error instanceof UserError) throw await loadFailure(parts, error)
      throw error
    }
    inForce = batching
  }

  return {
    identity,
    endpoint: loopbackEndpoint(java.ports.inference, model, parts.settings.api),
    grpcEndpoint: loopbackGrpcEndpoint(
      java.ports.grpcInference,
      parts.settings.api === 'oip' ? 'torchserve-oip' : 'torchserve',
    ),
    managementUrl: api.url,
    metricsUrl: `http://127.0.0.1:${java.ports.metrics}/metrics`,
    logFile: java.files.log,
    async processIds() {
      if (java.hasEnded()) return []
      const { workers } = await describeModel(api, model)
      return [java.process.pid, ...workers.map(({ pid }) => pid).filter((pid) => pid > 0)]
    },
    describe: () => describeModel(api, model),
    configure,
    stop: () => java.process.end(),
  }
}

/** Number of torch threads per worker. Workers share the cores, and more threads than cores slow down all of them. */
export function torchThreads(cores: number, workers: number): number {
  return Math.max(1, Math.floor(cores / workers))
}

/** Sets torch's thread count for the workers that start next. TorchServe has no setting that a handler could read. */
async function writeWorkerSettings(file: string, workers: number): Promise<void> {
  await writeFileAtomic(file, JSON.stringify({ torchThreads: torchThreads(availableParallelism(), workers) }))
}

/** Facts about the environment of a managed TorchServe. */
function torchServeIdentity(
  parts: Pick<TorchServeParts, 'environment' | 'archive' | 'model' | 'settings'>,
): ServerIdentity {
  const { environment, archive, model } = parts
  const { job_queue_size = jobQueueSize, ...config } = parts.settings.config ?? {}
  const { versions, java } = environment
  const version = versions['torchserve']
  return {
    kind: 'torchserve',
    label: `TorchServe ${version ?? 'of unknown version'}`,
    version,
    details: {
      java: `${java.version} (${java.source})`,
      python: environment.pythonVersion,
      torch: versions['torch'] ?? 'unknown',
      numpy: versions['numpy'] ?? 'unknown',
      pillow: versions['pillow'] ?? 'unknown',
      weights: model.archive === undefined ? model.weights : `of ${model.archive}`,
      archive: `sha256 ${archive.hash}`,
      'job queue': String(job_queue_size),
      cores: String(availableParallelism()),
      ...environment.details,
      ...Object.fromEntries(Object.entries(config).map(([key, value]) => [key, String(value)])),
    },
  }
}
