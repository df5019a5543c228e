import type { EmbeddedSettings, ModelSettings } from '../../scenario/schema/settings.js'
import type { ServerApi } from '../management/call-api.js'
import { describeModel } from '../management/describe-model.js'
import type { RunningServer, ServerIdentity } from '../running-server.js'
import type { StartOptions } from '../start-options.js'
import { archiveOf, configureEmbedded } from './configure-embedded.js'
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { ProcessConnection } from './connect-process.js'
import { connectProcess } from './connect-process.js'
import type { EmbeddedConfig } from './embedded-config.js'
import type { EmbeddedPorts } from './embedded-server.js'

export interface StartEmbeddedOptions extends StartOptions {
  /** Receives the whole truth about each batch, as JSON lines. */
  exactLogFile?: string
  /** Of the jitter and of faults by chance; 1 unless given. */
  seed?: number
}

export interface RunningEmbedded extends RunningServer {
  /** Kills a worker where it stands, as SIGKILL does to the real one's process. */
  killWorker(worker: number): Promise<void>
}

/**
 * Starts the embedded server in a child process on free loopback ports, with the model registered. The process
 * ends with `stop()`, and with this process however that ends.
 *
 * @throws UserError for settings that cannot be; the signal's reason where it is aborted before all is ready
 */
export async function startEmbedded(
  settings: EmbeddedSettings,
  model: ModelSettings,
  options: StartEmbeddedOptions,
): Promise<RunningEmbedded> {
  const { batching, signal, onProgress, logFile, exactLogFile, seed } = options
  onProgress?.({ text: 'starting the embedded server (simulated)' })
  const config = await configureEmbedded(settings, model, {
    ...(logFile !== undefined && { logFile }),
    ...(exactLogFile !== undefined && { exactLogFile }),
    ...(seed !== undefined && { seed }),
  })
  signal.throwIfAborted()
  const server = await spawnEmbedded(config)
  const { pid, ports } = server
  const archive = archiveOf(model)
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
    endpoint: {
      protocol: 'http:',
      host: '127.0.0.1',
      port: ports.inferencePort,
      path: `/predictions/${encodeURIComponent(model.name)}`,
    },
    managementUrl: management.url,
    metricsUrl: `http://127.0.0.1:${ports.metricsPort}/metrics`,
    ...(logFile !== undefined && { logFile }),
    describe: () => describeModel(management, model.name),
    processIds: async () => (server.hasEnded() ? [] : [pid]),
    configure: (changed) => server.ask({ kind: 'configure', archive, batching: changed }),
    killWorker: (worker) => server.ask({ kind: 'kill-worker', model: model.name, worker }),
    stop: () => server.stop(),
  }
}

/** What every output of a run on this server says, so that nobody takes it for a real one. */
function embeddedIdentity(settings: EmbeddedSettings): ServerIdentity {
  const { tauMs, alphaMs, jitter, workers, table, faults = {} } = settings
  const formula = `t(b) = ${tauMs} ms + ${alphaMs} ms · b, b = frames of the batch`
  return {
    kind: 'embedded',
    label: 'embedded (simulated)',
    details: {
      'service time': table === undefined ? formula : `batch times measured in ${table}`,
      jitter: `${jitter * 100} % standard deviation`,
      workers: String(workers),
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

/** Starts the server's process, without a model; it listens when this resolves, and it ends with this process. */
export async function spawnEmbedded(config: EmbeddedConfig): Promise<EmbeddedProcess> {
  const child = fork(processFile, [], {
    execArgv: [],
    // A Ctrl-C in the terminal reaches this process only, which then ends things in its own order.
    detached: true,
    // JSON has no Infinity, which a fault without an end and a run without a timeout hold.
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
