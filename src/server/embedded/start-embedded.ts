import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { EmbeddedSettings, ModelSettings } from '../../scenario/settings.js'
import type { OnProgress } from '../progress.js'
import type { RunningServer, ServerBatching } from '../running-server.js'
import { connectProcess } from './connect-process.js'
import { embeddedConfig } from './embedded-config-of.js'
import { embeddedIdentity } from './embedded-identity.js'

export interface StartEmbeddedOptions {
  batching: ServerBatching
  signal: AbortSignal
  onProgress?: OnProgress
  /** Receives the workers' lines as TorchServe's log holds them. */
  logFile?: string
  /** Receives the whole truth about each batch, as JSON lines. */
  exactLogFile?: string
  seed?: number
}

export interface RunningEmbedded extends RunningServer {
  /** Kills a worker where it stands, as SIGKILL does to the real one's process. */
  killWorker(worker: number): Promise<void>
}

/**
 * Starts the embedded server in a child process on free loopback ports, with the model registered. The process
 * ends with this one, with `signal`, or with `stop()`. Throws a UserError for settings that cannot be.
 */
export async function startEmbedded(
  settings: EmbeddedSettings,
  model: ModelSettings,
  options: StartEmbeddedOptions,
): Promise<RunningEmbedded> {
  const { signal, logFile } = options
  signal.throwIfAborted()
  options.onProgress?.({ text: 'starting the embedded server (simulated)' })
  const config = embeddedConfig(settings, model, options)
  const archive = config.archives[0]!.file
  const child = fork(fileURLToPath(new URL('./embedded-process.js', import.meta.url)), [], {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  const connection = connectProcess(child)
  const onAbort = () => void connection.stop()
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    const ports = await connection.start(config)
    await connection.ask({ kind: 'configure', archive, batching: options.batching })
    return {
      identity: embeddedIdentity(settings),
      endpoint: {
        protocol: 'http:',
        host: '127.0.0.1',
        port: ports.inferencePort,
        path: `/predictions/${encodeURIComponent(model.name)}`,
      },
      managementUrl: `http://127.0.0.1:${ports.managementPort}`,
      metricsUrl: `http://127.0.0.1:${ports.metricsPort}/metrics`,
      ...(logFile !== undefined && { logFile }),
      processIds: async () => (child.pid === undefined || child.exitCode !== null ? [] : [child.pid]),
      configure: (batching) => connection.ask({ kind: 'configure', archive, batching }),
      killWorker: (worker) => connection.ask({ kind: 'kill-worker', model: model.name, worker }),
      async stop() {
        signal.removeEventListener('abort', onAbort)
        await connection.stop()
      },
    }
  } catch (error) {
    signal.removeEventListener('abort', onAbort)
    await connection.stop()
    throw error
  }
}
