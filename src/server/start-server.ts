import { ExitCode } from '../errors/exit-code.js'
import { UserError } from '../errors/user-error.js'
import type { ModelSettings, ServerSettings } from '../scenario/settings.js'
import type { RunningServer } from './running-server.js'
import type { StartOptions } from './start-options.js'
import { startTorchServe } from './torchserve/start-torchserve.js'

/**
 * The server of a point, answering: started (managed, embedded) or found (URL), with its batching in force.
 *
 * @throws UserError: exit code 3 where the machine or the server is not fit, 2 where the settings cannot be met
 */
export async function startServer(
  settings: ServerSettings,
  model: ModelSettings,
  options: StartOptions,
): Promise<RunningServer> {
  switch (settings.kind) {
    case 'torchserve':
    case 'auto':
      return await startTorchServe(settings, model, options)
    case 'url':
    case 'embedded':
      throw new UserError(`the server kind ${settings.kind} is not there`, { exitCode: ExitCode.environment })
  }
}
