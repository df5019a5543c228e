import type { EmbeddedSettings, ModelSettings, PredictionApi } from '../../scenario/plan/plan.js'
import type { ServerApi } from '../management/call-api.js'
import { describeModel } from '../management/describe-model.js'
import { loopbackEndpoint, loopbackGrpcEndpoint } from '../endpoint.js'
import type { ServerIdentity } from '../../run/manifest.js'
import type { RunningServer, StartOptions } from '../running-server.js'
import { archiveName, configureEmbedded, type EmbeddedConfig } from './embedded-config.js'
import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { EmbeddedPorts } from './embedded-server.js'
import { ExitCode, UserError } from '../../system/user-error.js'
import type { FromProcess, ToProcess } from './embedded-process.js'

export interface StartEmbeddedOptions extends StartOptions {
  /** Path of a log with all facts about each batch, as JSON lines. */
  exactLogFile?: string | undefined
  /** Seed of the jitter and of random faults. Default: 1. */
  seed?: number | undefined
}

export interface RunningEmbedded extends RunningServer {
  /** Kills a worker at once, as SIGKILL does with a real worker's process. */
  killWorker(worker: number): Promise<void>
}

/**
 * Starts the embedded server in a child process on free loopback ports, with the model registered. The child ends with
 * `stop()` or with this process, however it ends.
 *
 * @throws UserError for invalid settings; the signal's reason if it is aborted before the model is ready
 */
export async function startEmbedded(
  settings: EmbeddedSettings,
  model: ModelSettings,
  options: StartEmbeddedOptions,
): Promise<RunningEmbedded> {
  const { batching, signal, onProgress, logFile, exactLogFile, seed } = options
  const { api = 'torchserve' } = settings
  onProgress?.({ text: 'starting the embedded server (simulated)' })
  const config = await configureEmbedded(settings, model, {
    logFile,
    exactLogFile,
    api,
    ...(seed !== undefined && { seed }),
  })
  signal.throwIfAborted()
  const server = await spawnEmbedded(config)
  const { pid, ports } = server
  const archive = archiveName(model)
  const management: ServerApi = { name: 'management', url: `http://127.0.0.1:${ports.managementPort}` }
  try {
    await server.ask({ kind: 'configure', archive, batching })
    signal.throwIfAborted()
  } catch (error) {
    await server.stop()
    throw error
  }
  return {
    identity: embeddedIdentity(settings),
    endpoint: loopbackEndpoint(ports.inferencePort, model, api),
    managementUrl: management.url,
    metricsUrl: `http://127.0.0.1:${ports.metricsPort}/metrics`,
    ...(api !== 'custom' && { grpcEndpoint: loopbackGrpcEndpoint(ports.grpcPort, api) }),
    ...(logFile !== undefined && { logFile }),
    describe: () => describeModel(management, model),
    processIds: async () => (server.hasEnded() ? [] : [pid]),
    configure: (changed) => server.ask({ kind: 'configure', archive, batching: changed }),
    killWorker: (worker) => server.ask({ kind: 'kill-worker', model: model.name, worker }),
    stop: () => server.stop(),
  }
}

const apiNames: Record<PredictionApi, string> = {
  torchserve: "TorchServe's",
  oip: 'open inference protocol',
  custom: 'any HTTP request with frames',
}

/** Every output of a run shows these facts, so that the server is not mistaken for TorchServe. */
function embeddedIdentity(settings: EmbeddedSettings): ServerIdentity {
  const { tauMs, alphaMs, jitter, workers, table, api, faults = {} } = settings
  const formula = `t(b) = ${tauMs} ms + ${alphaMs} ms · b, where b is the number of frames in the batch`
  return {
    kind: 'embedded',
    label: 'embedded (simulated)',
    details: {
      'service time': table === undefined ? formula : `batch times measured in ${table}`,
      jitter: `${jitter * 100} % standard deviation`,
      workers: String(workers),
      ...(api !== undefined && { api: apiNames[api] }),
      ...(Object.keys(faults).length > 0 && {
        faults: Object.entries(faults)
          .map(([name, trigger]) => `${name} ${trigger}`)
          .join(', '),
      }),
    },
  }
}

interface EmbeddedProcess extends ProcessConnection {
  pid: number
  ports: EmbeddedPorts
}

const processFile = fileURLToPath(new URL('./embedded-process.js', import.meta.url))

/** Starts the server's process, without a model. It listens when this resolves, and it ends with this process. */
export async function spawnEmbedded(config: EmbeddedConfig): Promise<EmbeddedProcess> {
  const child = fork(processFile, [], {
    execArgv: [],
    // A Ctrl-C in the terminal reaches this process only, which then ends the others in the right order.
    detached: true,
    // JSON has no Infinity, which is needed for a fault without an end and for a run without a timeout.
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  const connection = connectProcess(child)
  try {
    return { ...connection, pid: child.pid ?? 0, ports: await connection.start(config) }
  } catch (error) {
    await connection.stop()
    throw error
  }
}

type WithoutId<Message> = Message extends { id: number } ? Omit<Message, 'id'> : never

interface ProcessConnection {
  start(config: EmbeddedConfig): Promise<EmbeddedPorts>
  /** Resolves when it is done; rejects if it fails or the process has ended. */
  ask(message: WithoutId<ToProcess>): Promise<void>
  hasEnded(): boolean
  /** Ends the process and resolves when it has ended; safe to call twice. */
  stop(): Promise<void>
}

interface Waiter {
  resolve(ports: EmbeddedPorts | undefined): void
  reject(error: Error): void
}

/** Time to write its last log lines before it is killed. */
const graceMs = 5000

/** Requests to the embedded server's process and its answers, over its IPC channel. */
function connectProcess(child: ChildProcess): ProcessConnection {
  const waiters = new Map<number, Waiter>()
  let nextId = 1
  let stderrTail = ''
  let ended = false
  let stopping = false
  const exited = new Promise<void>((resolve) => {
    const end = () => {
      ended = true
      for (const waiter of waiters.values()) waiter.reject(endedError())
      waiters.clear()
      resolve()
    }
    child.once('exit', end)
    child.once('error', end)
  })

  child.stderr?.on('data', (text: Buffer) => {
    stderrTail = (stderrTail + text.toString()).slice(-2000)
  })
  child.on('message', (message: FromProcess) => {
    const id = ('id' in message ? message.id : undefined) ?? 0
    const waiter = waiters.get(id)
    waiters.delete(id)
    if (message.kind === 'failed') waiter?.reject(failure('the embedded server failed', message.message))
    else waiter?.resolve(message.kind === 'ready' ? message.ports : undefined)
  })

  function endedError(): UserError {
    if (stopping) return failure('the embedded server was stopped')
    return failure('the embedded server exited unexpectedly', stderrTail)
  }

  function send(id: number, message: ToProcess): Promise<EmbeddedPorts | undefined> {
    if (ended || !child.connected) return Promise.reject(endedError())
    return new Promise((resolve, reject) => {
      waiters.set(id, { resolve, reject })
      child.send(message)
    })
  }

  return {
    async start(config) {
      const ports = await send(0, { kind: 'start', config })
      if (ports === undefined) throw new Error('the embedded server did not report its ports')
      return ports
    },
    async ask(message) {
      const id = nextId++
      await send(id, { ...message, id })
    },
    hasEnded: () => ended,
    async stop() {
      stopping = true
      if (ended) return
      if (child.connected) child.send({ kind: 'stop' } satisfies ToProcess, () => {})
      const kill = setTimeout(() => child.kill('SIGKILL'), graceMs)
      await exited
      clearTimeout(kill)
    },
  }
}

function failure(message: string, received?: string): UserError {
  return new UserError(message, {
    where: 'the embedded server',
    exitCode: ExitCode.environment,
    ...(received !== undefined && received !== '' && { received }),
  })
}
