import type { ModelSettings, TorchServeSettings } from '../../scenario/schema/settings.js'
import { checkModelFiles } from '../archive/check-model-files.js'
import { modelArchive } from '../archive/model-archive.js'
import type { RunningServer } from '../running-server.js'
import type { StartOptions } from '../start-options.js'
import { ensureEnvironment } from './environment/ensure-environment.js'
import { runningTorchServe } from './running-torchserve.js'
import { startJava } from './start-java.js'

/**
 * Starts a private TorchServe with the model registered and its workers ready; on first use this installs the Python
 * environment. It listens on 127.0.0.1 only, and it ends with this process in every case.
 *
 * @throws UserError with exit code 3: environment, start, or a model that fails to load, in its worker's own words
 */
export async function startTorchServe(
  settings: TorchServeSettings,
  model: ModelSettings,
  options: StartOptions,
): Promise<RunningServer> {
  const { batching, signal, onProgress } = options
  await checkModelFiles(model, settings.handler)
  const environment = await ensureEnvironment({ signal, onProgress })
  const archive = await modelArchive(model, settings.handler, {
    python: environment.python,
    signal,
    onProgress,
  })
  onProgress?.({ text: 'starting TorchServe' })
  const java = await startJava(environment, { archive: archive.file, logFile: options.logFile }, signal)
  const server = runningTorchServe({ environment, archive, model, java, signal })
  try {
    onProgress?.({
      text: `loading ${model.name} on ${batching.workers} worker${batching.workers === 1 ? '' : 's'}`,
    })
    await server.configure(batching)
    return server
  } catch (error) {
    await server.stop()
    throw error
  }
}
