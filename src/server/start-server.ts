import { ExitCode, UserError } from '../system/user-error.js'
import { defaults } from '../scenario/schema/defaults.js'
import type { ModelSettings, ServerSettings } from '../scenario/schema/settings.js'
import { startEmbedded } from './embedded/start-embedded.js'
import type { RunningServer, StartOptions } from './running-server.js'
import { hasPython } from '../system/python-env/find-python.js'
import { startTorchServe } from './torchserve/start-torchserve.js'
import { startUrl } from './url/start-url.js'

/**
 * `auto`: TorchServe, and the embedded server only where there is no Python at all. Never in CI, where nobody would
 * see the notice and a simulation would pass for a measurement.
 */
async function resolveAuto(settings: ServerSettings, options: StartOptions): Promise<ServerSettings> {
  if (settings.kind !== 'auto') return settings
  if (await hasPython(options.signal)) return { ...settings, kind: 'torchserve' }
  if ((process.env['CI'] ?? '') !== '') {
    throw new UserError('there is no Python for TorchServe, and in CI nothing stands in for it', {
      expected: 'Python 3.10 to 3.14 with venv',
      remedy: 'Install Python, or ask for the simulation by --server embedded.',
      exitCode: ExitCode.environment,
    })
  }
  options.onProgress?.({
    text: 'NO PYTHON HERE: measuring the EMBEDDED SERVER, a SIMULATION, instead of TorchServe',
  })
  return { kind: 'embedded', ...defaults.embedded, workers: settings.workers }
}

/**
 * The server of a point, answering, with its batching in force: started (managed, embedded) or found (URL).
 *
 * @throws UserError: exit code 3 where the machine or the server is not fit, 2 where the settings cannot be met
 */
export async function startServer(
  settings: ServerSettings,
  model: ModelSettings,
  options: StartOptions,
): Promise<RunningServer> {
  const resolved = await resolveAuto(settings, options)
  if (resolved.kind === 'url') return startUrl(resolved, model, options)
  if (resolved.kind === 'embedded') return startEmbedded(resolved, model, options)
  return startTorchServe(resolved, model, options)
}
