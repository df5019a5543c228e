import { ExitCode, UserError } from '../system/user-error.js'
import { defaults, type ModelSettings, type ServerSettings } from '../scenario/plan/plan.js'
import { startEmbedded } from './embedded/start-embedded.js'
import type { RunningServer, StartOptions } from './running-server.js'
import { hasPython } from '../system/python-env/find-python.js'
import { startTorchServe } from './torchserve/start-torchserve.js'
import { startUrl } from './url/start-url.js'

/**
 * `auto` is TorchServe, or the embedded server on a machine without any Python. Never in CI, because the notice would
 * not be seen there and a simulation would be mistaken for a measurement.
 */
async function resolveAuto(settings: ServerSettings, options: StartOptions): Promise<ServerSettings> {
  if (settings.kind !== 'auto') return settings
  if (settings.python !== undefined || (await hasPython(options.signal)))
    return { ...settings, kind: 'torchserve' }
  if ((process.env['CI'] ?? '') !== '') {
    throw new UserError('Python was not found, and in CI the embedded server is not used as a fallback', {
      expected: 'Python 3.10 to 3.14 with venv',
      remedy: 'Install Python, or use the simulation with --server embedded.',
      exitCode: ExitCode.environment,
    })
  }
  options.onProgress?.({
    text: 'NO PYTHON FOUND: measuring the EMBEDDED SERVER, a SIMULATION, instead of TorchServe',
  })
  const { workers, api } = settings
  return { kind: 'embedded', ...defaults.embedded, workers, ...(api !== undefined && { api }) }
}

/**
 * Starts the server of a point (managed, embedded) or connects to it (url), and applies its batching.
 *
 * @throws UserError (exit code 3) if the machine or the server is not usable, (exit code 2) if the settings cannot be
 * applied
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
