import type { EmbeddedSettings, ModelSettings } from '../../scenario/schema/settings.js'
import type { ServerApi } from '../management/call-api.js'
import { describeModel } from '../management/describe-model.js'
import type { RunningServer } from '../running-server.js'
import type { StartOptions } from '../start-options.js'
import { archiveOf, configureEmbedded } from './configure-embedded.js'
import { embeddedIdentity } from './embedded-identity.js'
import { spawnEmbedded } from './spawn-embedded.js'

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
