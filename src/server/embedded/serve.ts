import { once } from 'node:events'
import type { EmbeddedSettings, ModelSettings } from '../../scenario/plan/plan.js'
import type { ServerBatching } from '../running-server.js'
import { archiveName, configureEmbedded, type EmbeddedChoices } from './embedded-config.js'
import { EmbeddedServer, type EmbeddedPorts } from './embedded-server.js'
import { ExitCode, UserError, messageOf } from '../../system/user-error.js'

export interface ServeOptions extends EmbeddedChoices {
  batching: ServerBatching
  /** Ends the server. */
  signal: AbortSignal
  /** Called when it answers requests. */
  onReady: (ports: EmbeddedPorts) => void
}

/** TorchServe's default ports. */
export const torchServePorts: EmbeddedPorts = {
  inferencePort: 8080,
  managementPort: 8081,
  metricsPort: 8082,
  grpcPort: 7070,
}

/**
 * Runs the embedded server in this process, in the foreground. Resolves when `signal` has ended it.
 *
 * @throws UserError (exit code 3) if a port is in use, (exit code 2) if the settings are not valid
 */
export async function serveEmbedded(
  settings: EmbeddedSettings,
  model: ModelSettings,
  { batching, signal, onReady, ...choices }: ServeOptions,
): Promise<void> {
  signal.throwIfAborted()
  const config = await configureEmbedded(settings, model, { ...torchServePorts, ...choices })
  const server = new EmbeddedServer(config)
  try {
    let ports: EmbeddedPorts
    try {
      ports = await server.open()
    } catch (error) {
      throw listenFailure(error)
    }
    await server.configure(archiveName(model), batching)
    onReady(ports)
    if (!signal.aborted) await once(signal, 'abort')
  } finally {
    await server.close()
  }
}

/** The usual cause is a port that another program uses. */
function listenFailure(error: unknown): UserError {
  return new UserError('the embedded server cannot listen', {
    where: '127.0.0.1',
    received: messageOf(error),
    remedy: 'Choose other ports (0 picks a free port), or stop the program that listens on the port.',
    exitCode: ExitCode.environment,
    cause: error,
  })
}
